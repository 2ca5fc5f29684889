"""A draft that waits: the approvers are shown it and answer with one click, its author hears what came.

waits --> a letter to each approver --> ✅ or ❌ on it (or a command, or a button on the page)
      --> made or refused           --> a letter to the author
"""

from collections.abc import Collection, Mapping, Sequence

import structlog

from appservice.account import Account
from appservice.commands.letters import Letters
from appservice.commands.replies import bare
from appservice.errors import CommandError, HomeserverError
from appservice.events import REACTION, RelationKind, RoomEvent
from appservice.ids import EventId, UserId
from appservice.languages import N_, Phrases
from spaces.commands.access import ACCESS
from spaces.drafts import Draft, DraftState
from spaces.founding import Founding
from spaces.kinds import Kind
from spaces.model import Group
from spaces.reasons import reason_told

FIELD = "org.parvis.draft"
_YES = frozenset({"✅", "✅\ufe0f"})
_NO = frozenset({"❌", "❌\ufe0f"})

_ASKED = N_("{person} would like a group: “{name}” ({kind}, {access}).")
_HOW = N_(
    "Answer this message with ✅ and it is made, with ❌ and it is refused. Or write `draft approve "
    "{short}` or `draft refuse {short}` and why, or click at {link}."
)
_MADE = N_(
    "{person} approved your group “{name}”. It stands, you are its owner: accept the invitations. {link}"
)
_REFUSED = N_(
    "{person} refused the group “{name}” that you drafted. Talk with them; you may draft it anew."
)
_LATE = N_("“{name}” is decided already.")
_DONE = N_("“{name}” is made.")
_ENDED = N_("“{name}” is refused.")

log = structlog.get_logger(__name__)


class ApprovalLetters:
    """Writes to approvers and authors; again, it says nothing new."""

    def __init__(
        self,
        letters: Letters,
        approvers: Collection[UserId],
        kinds: Mapping[str, Kind],
        public_url: str,
    ) -> None:
        self._letters = letters
        self.approvers = tuple(approvers)
        self._kinds = kinds
        self._public_url = public_url.rstrip("/")

    async def ask(self, draft: Draft) -> None:
        """Show a draft to those who decide, each once."""

        def say(words: Phrases) -> str:
            return self._asked(draft, words)

        for user_id in self.approvers:
            key, more = f"draft:{draft.uuid}:asked:{user_id}", {FIELD: draft.uuid}
            await self._letters.send(user_id, key, say, more=more)

    async def tell(self, draft: Draft, group: Group | None, by: UserId, reason: str) -> None:
        """Tell the author what came of a draft: its *group*, or none, for a *reason* or an empty text."""
        text = _MADE if group else _REFUSED
        link = f"{self._public_url}/groups/{group.slug}" if group else ""

        def say(words: Phrases) -> str:
            told = words(text, person=by, name=draft.name, link=link)
            return " ".join([told, *reason_told(reason, words)])

        if by != draft.author:
            key = f"draft:{draft.uuid}:{'made' if group else 'refused'}"
            await self._letters.send(draft.author, key, say)

    async def confirm(self, draft: Draft, approver: UserId, click: str, text: str) -> None:
        """Tell an approver what their *click* led to."""
        name = draft.name
        await self._letters.send(approver, f"decided:{click}", lambda words: words(text, name=name))

    def _asked(self, draft: Draft, words: Phrases) -> str:
        kind = self._kinds.get(draft.kind)
        asked = words(
            _ASKED,
            person=draft.author,
            name=draft.name,
            kind=kind.names[words.language] if kind else draft.kind,
            access=words(ACCESS[draft.access]),
        )
        how = words(_HOW, short=draft.short, link=f"{self._public_url}/manage")
        return "\n\n".join([asked, bare(draft.charter.told(words)), how])


class ApprovalClicks:
    """A Subscriber that takes a reaction on such a letter for an answer."""

    def __init__(self, *, bot: Account, founding: Founding, letters: ApprovalLetters) -> None:
        self._bot = bot
        self._founding = founding
        self._letters = letters

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Decide about the drafts that an approver clicked on."""
        for event in events:
            relation = event.relation
            if event.type != REACTION or relation is None or event.redacted:
                continue
            click = relation.kind is RelationKind.ANNOTATION and relation.key in _YES | _NO
            if not click or event.sender not in self._letters.approvers:
                continue
            try:
                await self._decide(event, relation.target, yes=relation.key in _YES)
            except (CommandError, HomeserverError) as error:
                log.warning("a draft is not decided", error=str(error))

    async def _decide(self, click: RoomEvent, target: EventId, *, yes: bool) -> None:
        letter = await self._bot.event(click.room_id, target)
        uuid = letter.content.text(FIELD)
        draft = await self._founding.drafts.get(uuid) if uuid else None
        if draft is None or letter.sender != self._bot.user_id:
            return
        said = _DONE if yes else _ENDED
        if draft.state is not DraftState.WAITING:
            said = _LATE
        elif yes:
            await self._founding.approve(draft, click.sender)
        else:
            await self._founding.refuse(draft, click.sender)
        await self._letters.confirm(draft, click.sender, click.event_id, said)
