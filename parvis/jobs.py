"""What commands ask of the running program, or of one that is started for them."""

from collections.abc import Mapping

import msgspec

from appservice.errors import ParvisError
from appservice.floor import Trays
from appservice.languages import N_, Phrases
from feed.house import Feed
from parvis.control import Job, Voice
from parvis.given_secrets import Given
from parvis.whole_file import WholeFile
from spaces.commands.people_replies import look_told, standing_told
from spaces.house import Spaces
from spaces.retire import Retirement


class NoDirectory(ParvisError):
    """No directory is set up, or what it says is not believed."""


def jobs(
    trays: Trays, spaces: Spaces, feed: Feed, whole: WholeFile, words: Phrases
) -> Mapping[str, Job]:
    """Return the jobs by name; *words* are those of the organization's language."""

    async def rebuild(voice: Voice, _given: str) -> None:
        await spaces.reconciler.survey()
        await feed.rebuild(voice.progress)

    async def retire(voice: Voice, _given: str) -> None:
        await spaces.reconciler.root()
        retirement = Retirement(bot=trays.bot, reconciler=spaces.reconciler)
        voice.tell(await retirement.report(words))

    async def preview(voice: Voice, given: str) -> None:
        plan = await whole.plan(_given(given))
        for line in (*plan.told(words), *plan.tokens_wanted(words), *plan.left_alone(words)):
            voice.tell(line)

    async def apply(voice: Voice, given: str) -> None:
        plan = await whole.plan(_given(given))
        await whole.carry_out(plan, voice.progress, words)
        pages = await whole.pages(plan, words)
        for line in (*plan.told(words), *plan.tokens_wanted(words), *pages):
            voice.tell(line)

    async def secrets(voice: Voice, given: str) -> None:
        for line in await whole.secrets(_given(given), words):
            voice.tell(line)

    async def export(voice: Voice, _given: str) -> None:
        voice.tell((await whole.export()).rstrip())

    return {
        "people": _people_job(spaces, words),
        "rebuild": rebuild,
        "retire": retire,
        "preview": preview,
        "apply": apply,
        "secrets": secrets,
        "export": export,
    }


def _given(text: str) -> Given:
    return msgspec.json.decode(text, type=Given)


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
