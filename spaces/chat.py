"""Which groups have a room for chat: those of a kind that has one always, or whose owners asked for it."""

from dataclasses import replace

from appservice.errors import CommandError
from appservice.languages import N_
from spaces.kinds import Chat, Kind
from spaces.model import Declaration


def with_chat(declared: Declaration, kind: Kind | None) -> Declaration:
    """Return *declared* with a chat room, or raise CommandError where its *kind* has none."""
    if kind and kind.chat is Chat.NEVER:
        raise CommandError(
            N_("“{group}” is of a kind without chat: what is said there stands in its posts."),
            group=declared.name,
        )
    return replace(declared, chat=True)
