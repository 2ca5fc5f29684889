"""Commands that make groups: a draft, four questions asked one by one, and a word of approval."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appservice.commands.grammar import Audience, Command, Parameter, Request
from appservice.errors import CommandError
from appservice.languages import N_
from spaces.charter import QUESTIONS
from spaces.commands.asking import ANSWERS, PURPOSE
from spaces.commands.trying_names import (
    DEFAULT_KIND,
    IN_QUOTATION_MARKS,
    NameCommand,
    Spot,
    kind_parameter,
)
from spaces.directory import Directory
from spaces.drafts import Draft, DraftState
from spaces.founding import Founding
from spaces.kinds import Kind
from spaces.model import Group
from spaces.naming import checked_name, same_name
from spaces.reasons import short_reason
from spaces.vocabulary import Access, Creation

_UUID_ROOT = uuid.UUID("6a1c2f0e-1f0b-4c6e-9a5e-7a0c7c9d0f11")


@dataclass(frozen=True)
class GroupCreated:
    """A group was made, and who drafted it was invited as its owner; *sources* are apps that suit it."""

    group: Group
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftAsks:
    """A draft needs the answer to *field* next; *number* of *total* is asked."""

    draft: Draft
    field: str
    number: int
    total: int
    spot: Spot | None = None
    """Where the group will stand; told with the first question."""
    on_page: bool = False
    """It was begun on a page, which has fields for all that is missing."""


@dataclass(frozen=True)
class DraftWaits:
    """A complete draft waits for an approver."""

    draft: Draft


@dataclass(frozen=True)
class DraftEnded:
    """A draft was dropped or refused."""

    draft: Draft


@dataclass(frozen=True)
class DraftList:
    """The asker's drafts, and for an approver those that wait."""

    own: tuple[Draft, ...]
    waiting: tuple[Draft, ...]


class FoundingCommands:
    """The executors; also a listener, which takes a line that is no command for an answer."""

    def __init__(
        self, *, directory: Directory, founding: Founding, kinds: Mapping[str, Kind]
    ) -> None:
        self._directory = directory
        self._names = NameCommand(directory=directory, kinds=kinds)
        self._founding = founding
        self._kinds = kinds

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions."""
        draft = Parameter("draft", N_("the beginning of its number"), required=False)
        audience = Audience.ADMINS if self._founding.creation is Creation.ADMINS else Audience.STAFF
        return (
            *self._names.table(),
            self._create_command(audience),
            Command(("draft", "list"), N_("List the groups that are being drafted"), self.list),
            Command(("draft", "drop"), N_("Drop a draft of yours"), self.drop, (draft,)),
            Command(
                ("draft", "approve"),
                N_("Approve a draft: its group is made"),
                self.approve,
                (draft,),
                Audience.ADMINS,
                resumed=True,
            ),
            Command(
                ("draft", "refuse"),
                N_("Refuse a draft"),
                self.refuse,
                (
                    draft,
                    Parameter("reason", N_("why; its author is told"), required=False, rest=True),
                ),
                Audience.ADMINS,
            ),
            Command(
                ("draft", "answer"),
                N_("Go on with a draft of yours: what is answered is changed, and it goes its way"),
                self.answer,
                (draft, PURPOSE, *ANSWERS),
                audience,
            ),
        )

    def _create_command(self, audience: Audience) -> Command:
        return Command(
            ("group", "create"),
            N_("Draft a group: with its four answers it is made, and you are its owner"),
            self.create,
            (
                Parameter("name", N_("its name"), typed=IN_QUOTATION_MARKS),
                kind_parameter(self._kinds),
                Parameter("access", N_("who may join"), required=False, choices=tuple(Access)),
                PURPOSE,
                *ANSWERS,
            ),
            audience,
        )

    async def create(self, request: Request) -> object:
        """Begin a draft. The request's own event gives the uuid, so a repetition finds it."""
        identifier = str(uuid.uuid5(_UUID_ROOT, request.event_id))
        draft = await self._founding.drafts.get(identifier)
        if draft is None:
            draft = await self._founding.save(await self._begun(identifier, request))
        return await self.go_on(draft, request)

    async def begun_before(self, identifier: str) -> Draft | None:
        """Return the draft of a request that is carried out again."""
        return await self._founding.drafts.get(identifier)

    async def begin(self, draft: Draft) -> Draft:
        """Keep a new draft."""
        return await self._founding.save(draft)

    async def hear(self, request: Request, line: str) -> object | None:
        """Take *line* for the answer to what a draft of the asker's asks, if one does."""
        for draft in await self._founding.drafts.of(request.sender):
            if draft.state is DraftState.OPEN and draft.missing:
                answered = draft.answered({draft.missing[0]: line})
                return await self.go_on(await self._founding.save(answered), request)
        return None

    async def list(self, request: Request) -> DraftList:
        """List the asker's drafts, and what waits for an admin."""
        own = await self._founding.drafts.of(request.sender)
        waiting: Sequence[Draft] = ()
        if request.is_admin:
            waiting = await self._founding.drafts.waiting()
        return DraftList(tuple(own), tuple(waiting))

    async def drop(self, request: Request) -> DraftEnded:
        """Forget a draft of the asker's."""
        draft = await self._founding.find(request.argument("draft"), request.sender)
        return DraftEnded(await self._founding.drop(draft))

    async def approve(self, request: Request) -> GroupCreated:
        """Make the group of a draft that waits."""
        draft = await self._founding.find(request.argument("draft"), None)
        return self._created(await self._founding.approve(draft, request.sender))

    async def refuse(self, request: Request) -> DraftEnded:
        """Let no group come of a draft that waits."""
        draft = await self._founding.find(request.argument("draft"), None)
        reason = short_reason(request.argument("reason"))
        return DraftEnded(await self._founding.refuse(draft, request.sender, reason))

    async def answer(self, request: Request) -> object:
        """Fill in what a draft of the asker's does not say yet."""
        draft = await self._founding.find(request.argument("draft"), request.sender)
        if draft.state is not DraftState.OPEN:
            raise CommandError(N_("“{name}” waits for an admin already."), name=draft.name)
        given = {name: text for name, text in request.arguments.items() if text.strip()}
        return await self.go_on(await self._founding.save(draft.answered(given)), request)

    async def go_on(self, draft: Draft, request: Request) -> object:
        """Return the next question, or what came of the complete draft."""
        if draft.missing:
            total = len(QUESTIONS) + (draft.access is not Access.OPEN)
            number = total - len(draft.missing) + 1
            names, first = self._names, number == 1
            spot = await names.spot(draft.name, draft.kind, request) if first else None
            field, on_page = draft.missing[0], not request.room_id
            return DraftAsks(draft, field, number, total, spot, on_page=on_page)
        result = await self._founding.go_on(draft, is_admin=request.is_admin)
        return self._created(result) if isinstance(result, Group) else DraftWaits(result)

    def _created(self, group: Group) -> GroupCreated:
        return GroupCreated(group, self._kinds[group.declaration.kind].sources)

    async def _begun(self, identifier: str, request: Request) -> Draft:
        kind = self._kinds[request.argument("kind") or DEFAULT_KIND]
        name = checked_name(request.argument("name"), kind)
        await self.check_free(name, request)
        access = Access(request.argument("access") or kind.access)
        begun = Draft(identifier, request.sender, name, kind.key, access)
        return begun.answered(request.arguments)

    async def check_free(self, name: str, request: Request) -> None:
        """Refuse a name that stands already; one that is hidden from the readers is free."""
        for group in await self._directory.visible_in(request.room_id, request.sender):
            if same_name(group.name, name):
                raise CommandError(
                    N_("There is a group of that name already: `{slug}`."), slug=group.slug
                )
