"""The command that gives one subject of a group a group of its own."""

import uuid
from collections.abc import Mapping

from appservice.commands.grammar import Command, Parameter, Request
from appservice.errors import CommandError
from appservice.languages import N_
from spaces.commands.asking import ANSWERS, GROUP, PURPOSE, Asking
from spaces.commands.founding import FoundingCommands
from spaces.commands.trying_names import IN_QUOTATION_MARKS
from spaces.drafts import Draft, Split
from spaces.folding import folded
from spaces.kinds import Kind
from spaces.model import Group
from spaces.naming import checked_name

_UUID_ROOT = uuid.UUID("0d0b3c1f-56f3-4d0e-8a35-3c1c3a0f2b77")


class SplitCommands:
    """The executor; the four answers are asked for as for any new group."""

    def __init__(
        self, *, asking: Asking, founding: FoundingCommands, kinds: Mapping[str, Kind]
    ) -> None:
        self._asking = asking
        self._founding = founding
        self._kinds = kinds

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        return (
            Command(
                ("group", "split"),
                N_("Have one label of a group go on in a new group"),
                self.split,
                (
                    GROUP,
                    Parameter("label", IN_QUOTATION_MARKS),
                    Parameter("name", N_("the new group’s name")),
                    PURPOSE,
                    *ANSWERS,
                ),
            ),
        )

    async def split(self, request: Request) -> object:
        """Begin the draft of the new group. The request's own event gives its uuid."""
        origin = await self._asking.managed(request)
        identifier = str(uuid.uuid5(_UUID_ROOT, request.event_id))
        draft = await self._founding.begun_before(identifier)
        if draft is None:
            draft = await self._founding.begin(await self._drafted(identifier, origin, request))
        return await self._founding.go_on(draft, request)

    async def _drafted(self, identifier: str, origin: Group, request: Request) -> Draft:
        label, declared = folded(request.argument("label")), origin.declaration
        own = next((one for one in declared.labels if folded(one) == label), None)
        if own is None:
            raise CommandError(
                N_("“{group}” has no label “{label}”."),
                group=origin.name,
                label=request.argument("label"),
            )
        kind = self._kinds[declared.kind]
        name = checked_name(request.argument("name"), kind)
        await self._founding.check_free(name, request)
        split = Split(declared.uuid, own)
        begun = Draft(identifier, request.sender, name, kind.key, declared.access, split=split)
        return begun.answered(request.arguments)
