"""What commands ask of the running program, or of one that is started for them."""

from collections.abc import Mapping

from appservice.floor import Trays
from appservice.languages import Phrases
from feed.house import Feed
from parvis.control import Job, Voice
from spaces.house import Spaces
from spaces.retire import Retirement


def jobs(trays: Trays, spaces: Spaces, feed: Feed, words: Phrases) -> Mapping[str, Job]:
    """Return the jobs by name; *words* are those of the organization's language."""

    async def rebuild(voice: Voice, _given: str) -> None:
        await spaces.reconciler.survey()
        await feed.rebuild(voice.progress)

    async def retire(voice: Voice, _given: str) -> None:
        await spaces.reconciler.root()
        retirement = Retirement(bot=trays.bot, reconciler=spaces.reconciler)
        voice.tell(await retirement.report(words))

    async def preview(voice: Voice, given: str) -> None:
        for change in await spaces.file.changes(given):
            voice.tell(change.told(words))

    async def apply(voice: Voice, given: str) -> None:
        changes = await spaces.file.changes(given)
        await spaces.file.carry_out(changes, voice.progress)

    async def export(voice: Voice, _given: str) -> None:
        voice.tell((await spaces.file.export()).rstrip())

    return {
        "rebuild": rebuild,
        "retire": retire,
        "preview": preview,
        "apply": apply,
        "export": export,
    }
