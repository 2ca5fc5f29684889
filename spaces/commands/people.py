"""Commands about the directory that tells who belongs."""

from appservice.commands.grammar import Audience, Command, Parameter, Request
from appservice.errors import CommandError, FileFaults
from appservice.languages import N_
from spaces.commands.asking import CONFIRM
from spaces.rosters.entries import SourceFailed
from spaces.rosters.readings import Reading
from spaces.rosters.upkeep import Look, Upkeep


class PeopleCommands:
    """The executors, for admins."""

    def __init__(self, *, upkeep: Upkeep | None) -> None:
        self._upkeep = upkeep

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions; none where no directory is set up."""
        if self._upkeep is None:
            return ()
        confirm = Parameter(
            CONFIRM,
            N_("believe it, however many people are gone"),
            required=False,
            choices=(CONFIRM,),
        )
        return (
            Command(
                ("people", "show"),
                N_("Show how it stands with the directory of people"),
                self.show,
                audience=Audience.ADMINS,
            ),
            Command(
                ("people", "reload"),
                N_("Read the directory of people now"),
                self.reload,
                (confirm,),
                audience=Audience.ADMINS,
            ),
        )

    async def show(self, _request: Request) -> Reading:
        """Tell when the directory was read, and what is wrong with it."""
        return await self._present().standing()

    async def reload(self, request: Request) -> Look | Reading:
        """Read the directory now; where it cannot be read, tell why."""
        try:
            return await self._present().look(believe=request.argument(CONFIRM) == CONFIRM)
        except (FileFaults, SourceFailed):
            return await self._present().standing()

    def _present(self) -> Upkeep:
        if self._upkeep is None:
            raise CommandError(N_("No directory is set up."))
        return self._upkeep
