"""`status`: how the house is, in a few lines."""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.commands.grammar import Audience, Command, Request
from appservice.commands.replies import Reply
from appservice.floor import Trays
from appservice.inbox import InboxState
from appservice.languages import N_, Phrases
from appservice.outbox_rows import RowState
from bridges.deliveries import Deliveries, DeliveryState
from parvis import __version__


@dataclass(frozen=True)
class Status:
    """How many things wait, and how many were put aside."""

    to_send: int
    parked_events: int
    deliveries: int
    parked_deliveries: int
    refused: int


class StatusCommand:
    """The executor."""

    def __init__(self, *, trays: Trays, deliveries: Deliveries) -> None:
        self._trays = trays
        self._deliveries = deliveries

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        summary = N_("Show how Parvis is")
        return (Command(("status",), summary, self.show, audience=Audience.ADMINS),)

    async def show(self, _request: Request) -> Status:
        """Count what waits."""
        return Status(
            to_send=await self._trays.outbox.count(),
            parked_events=await self._trays.inbox.count(InboxState.PARKED),
            deliveries=await self._deliveries.count(),
            parked_deliveries=await self._deliveries.count(DeliveryState.PARKED),
            refused=await self._trays.outbox.count(RowState.DEAD),
        )


def _say(fact: Status, words: Phrases) -> str:
    lines = [
        words(N_("Parvis {version} is running."), version=__version__),
        words(N_("To be sent: {n}"), n=fact.to_send),
        words(N_("Calls of apps to be worked off: {n}"), n=fact.deliveries),
        words(N_("Events put aside: {n}"), n=fact.parked_events),
        words(N_("Calls of apps put aside: {n}"), n=fact.parked_deliveries),
        words(N_("Refused for good by the message server: {n}"), n=fact.refused),
    ]
    return "\n\n".join(lines)


STATUS_REPLIES: Mapping[type, Reply] = {Status: _say}
