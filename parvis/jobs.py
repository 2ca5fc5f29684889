"""What commands ask of the running program, or of one that is started for them."""

from collections.abc import Mapping, Sequence

from appservice.errors import ParvisError
from appservice.floor import Trays
from appservice.languages import N_, Phrases
from feed.house import Feed
from parvis.control import Job, Voice
from spaces.applying import Change
from spaces.commands.people_replies import look_told, standing_told
from spaces.house import Spaces
from spaces.retire import Retirement


class NoDirectory(ParvisError):
    """No directory is set up, or what it says is not believed."""


def jobs(trays: Trays, spaces: Spaces, feed: Feed, words: Phrases) -> Mapping[str, Job]:
    """Return the jobs by name; *words* are those of the organization's language."""

    async def rebuild(voice: Voice, _given: str) -> None:
        await spaces.reconciler.survey()
        await feed.rebuild(voice.progress)

    async def retire(voice: Voice, _given: str) -> None:
        await spaces.reconciler.root()
        retirement = Retirement(bot=trays.bot, reconciler=spaces.reconciler)
        voice.tell(await retirement.report(words))

    def _tell_changes(voice: Voice, changes: Sequence[Change]) -> None:
        if not changes:
            voice.tell(words(N_("All groups are already as the file declares them.")))
        for change in changes:
            voice.tell(change.told(words))

    async def preview(voice: Voice, given: str) -> None:
        _tell_changes(voice, await spaces.file.changes(given))

    async def apply(voice: Voice, given: str) -> None:
        changes = await spaces.file.changes(given)
        if changes:
            await spaces.file.carry_out(changes, voice.progress)
        _tell_changes(voice, changes)

    async def export(voice: Voice, _given: str) -> None:
        voice.tell((await spaces.file.export()).rstrip())

    return {
        "people": _people_job(spaces, words),
        "rebuild": rebuild,
        "retire": retire,
        "preview": preview,
        "apply": apply,
        "export": export,
    }


def _people_job(spaces: Spaces, words: Phrases) -> Job:
    async def people(voice: Voice, given: str) -> None:
        """Load the directory, or tell how it stands; *given*: load, confirm, rehearse or show."""
        if spaces.upkeep is None:
            raise NoDirectory("no directory is set up; see directory.source in the settings")
        if given == "show":
            voice.tell(standing_told(await spaces.upkeep.standing(), words))
            return
        look = await spaces.upkeep.look(believe=given == "confirm", rehearse=given == "rehearse")
        voice.tell(look_told(look, words))
        if look.held:
            raise NoDirectory(words(N_("Nothing is changed.")))

    return people
