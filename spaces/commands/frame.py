"""Commands for what the kind of a group leaves open: a room for chat, and a last day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from appservice.commands.grammar import Command, Parameter, Request
from appservice.commands.replies import Reply, quoted
from appservice.errors import CommandError
from appservice.languages import N_, Phrases
from spaces.chat import with_chat
from spaces.commands.asking import GROUP, Asking, day_of
from spaces.kinds import Ending, Kind
from spaces.members import Members
from spaces.model import Group
from spaces.reconcile import Reconciler


@dataclass(frozen=True)
class ChatOpened:
    """*group* has a room for chat; *fresh* is false if it had one already."""

    group: Group
    fresh: bool


@dataclass(frozen=True)
class LastDaySet:
    """*group* ends on the day that it declares, or on none; *days* later it may rest."""

    group: Group
    days: int


class FrameCommands:
    """The executors, for the owners of a group."""

    def __init__(self, *, asking: Asking, members: Members, reconciler: Reconciler) -> None:
        self._asking = asking
        self._members = members
        self._reconciler = reconciler

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions."""
        day = Parameter("day", N_("its last day, like 2027-03-31; empty for none"), required=False)
        return (
            Command(
                ("group", "chat"), N_("Give a group a room for chat"), self.open_chat, (GROUP,)
            ),
            Command(
                ("group", "end"),
                N_("Choose the last day of a project"),
                self.end,
                (GROUP, day),
                present=self._present,
            ),
        )

    async def open_chat(self, request: Request) -> ChatOpened:
        """Make the room; who asks is invited, the others find it in the group's space."""
        group = await self._asking.managed(request)
        if group.chat_id:
            return ChatOpened(group, fresh=False)
        kind = self._kind(group)
        opened = await self._reconciler.alter(group, lambda now: with_chat(now, kind))
        await self._members.invite(opened, request.sender)
        return ChatOpened(opened, fresh=True)

    async def end(self, request: Request) -> LastDaySet:
        """Say when a group ends whose kind asks for it."""
        group = await self._asking.managed(request)
        kind = self._kind(group)
        if kind is None or kind.ending is not Ending.DATE:
            raise CommandError(
                N_("Only projects, and what ends like them, have a last day; “{group}” does not."),
                group=group.name,
            )
        day = day_of(request.argument("day"))
        changed = await self._reconciler.alter(group, lambda now: replace(now, ends=day))
        return LastDaySet(changed, kind.ending_days)

    async def _present(self, request: Request) -> Mapping[str, str]:
        ends = (await self._asking.group(request)).declaration.ends
        return {"day": ends.isoformat() if ends else ""}

    def _kind(self, group: Group) -> Kind | None:
        return self._reconciler.house.kinds.get(group.declaration.kind)


def _chat_opened(fact: ChatOpened, words: Phrases) -> str:
    said = N_("**{name}** has its room for chat; whoever wants it finds it in the group’s space.")
    if not fact.fresh:
        said = N_("**{name}** has a room for chat already.")
    return words(said, name=quoted(fact.group.name))


def _last_day_set(fact: LastDaySet, words: Phrases) -> str:
    ends = fact.group.declaration.ends
    if ends is None:
        return words(N_("**{name}** has no last day."), name=quoted(fact.group.name))
    return words(
        N_(
            "**{name}** ends on {day}. If nobody posts in the {days} days after it, I ask its owners "
            "whether it may rest."
        ),
        name=quoted(fact.group.name),
        day=ends.isoformat(),
        days=fact.days,
    )


FRAME_REPLIES: Mapping[type, Reply] = {ChatOpened: _chat_opened, LastDaySet: _last_day_set}
