"""The bot's commands about calls that were put aside: which they are, and reading them again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appservice.commands.grammar import Command, Parameter, Request
from appservice.errors import CommandError
from appservice.languages import N_
from bridges.asking import GROUP, NAME, Asking
from bridges.deliveries import Deliveries, ParkedDelivery

MOST_LISTED = 20


@dataclass(frozen=True)
class PutAside:
    """The newest calls that were put aside, and how many there are in all."""

    short: str
    calls: Sequence[ParkedDelivery]
    number: int


@dataclass(frozen=True)
class ReadAgain:
    """So many calls wait for their turn again."""

    short: str
    number: int


class AsideCommands:
    """The executors; all are for the owners of the group."""

    def __init__(
        self, *, deliveries: Deliveries, asking: Asking, look_again: Callable[[], None]
    ) -> None:
        """*look_again* tells the pipeline that calls wait which had been put aside."""
        self._deliveries = deliveries
        self._asking = asking
        self._look_again = look_again

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions of all commands."""
        number = Parameter(
            "number", N_("one of those that were put aside; empty for all"), required=False
        )
        return (
            Command(
                ("connection", "dead"),
                N_("List the calls that were put aside"),
                self.dead,
                (NAME, GROUP),
            ),
            Command(
                ("connection", "replay"),
                N_("Read calls again that were put aside"),
                self.replay,
                (NAME, number, GROUP),
            ),
        )

    async def dead(self, request: Request) -> PutAside:
        """List what was put aside, newest first."""
        connection = (await self._asking.connection(request)).connection
        calls = await self._deliveries.parked_of(connection.id, limit=MOST_LISTED)
        counted = await self._deliveries.count_parked([connection.id])
        return PutAside(connection.short, calls, counted.get(connection.id, 0))

    async def replay(self, request: Request) -> ReadAgain:
        """Let calls that were put aside wait for their turn again."""
        connection = (await self._asking.connection(request)).connection
        wanted = request.argument("number").removeprefix("#")
        if wanted and not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 19):  # noqa: PLR2004 - a database number
            raise CommandError(N_("“{number}” is no number of a call."), number=wanted)
        seq = int(wanted) if wanted else None
        number = await self._deliveries.read_again(connection.id, seq)
        if not number:
            raise CommandError(
                N_("No such call can be read again. `connection dead` lists what was put aside.")
            )
        self._look_again()
        return ReadAgain(connection.short, number)
