"""Writes the sample posts, each comment and reaction in the name of its author, at its own time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from appservice.formatting import Formatting
from appservice.ids import EventId, RoomId
from appservice.languages import Language
from feed.messages import Written, comment_content, post_content, reaction_content
from parvis.demo.importer import Importer
from parvis.demo.organization import SamplePost

_MINUTE_MS = 60_000


class Scribe:
    """Writes; *importer_of* tells through which homeserver a person does."""

    def __init__(
        self, *, importer_of: Callable[[str], Importer], formatting: Formatting, now: datetime
    ) -> None:
        self._importer_of = importer_of
        self._formatting = formatting
        self._now = now

    async def write(self, post: SamplePost, room_id: RoomId) -> None:
        """Write a post with all that others said and chose."""
        at = self._moment(post)
        html = await self._formatting.render(post.text)
        language = Language.EN if post.english else Language.FR
        written = Written(post.text, language, title=post.title, labels=post.labels)
        content = post_content(written, html)
        importer = self._importer_of(post.by)
        root = await importer.send(post.by, room_id, "m.room.message", content, at)
        newest, author = root, post.by
        for number, (by, text) in enumerate(post.comments, start=1):
            html = await self._formatting.render(text)
            said = Written(text, Language.FR)
            comment = comment_content(said, html, root=root, answered=newest)
            moment = self._at_most_now(at + number * 17 * _MINUTE_MS)
            importer = await self._reached(by, room_id, newest, author)
            newest = await importer.send(by, room_id, "m.room.message", comment, moment)
            author = by
        for key, people in post.reactions.items():
            for number, by in enumerate(people, start=1):
                moment = self._at_most_now(at + number * 9 * _MINUTE_MS)
                importer = await self._reached(by, room_id, newest, author)
                await importer.send(by, room_id, "m.reaction", reaction_content(root, key), moment)

    async def _reached(self, by: str, room_id: RoomId, newest: EventId, author: str) -> Importer:
        """Return the importer of *by*, once what *author* wrote has come to their homeserver."""
        importer = self._importer_of(by)
        if importer is not self._importer_of(author):
            await importer.has(by, room_id, newest)
        return importer

    def _moment(self, post: SamplePost) -> int:
        hour, minute = (int(part) for part in post.clock.split(":"))
        day = (self._now - timedelta(days=post.days)).replace(
            hour=hour, minute=minute, second=0, microsecond=0
        )
        return _ms(day)

    def _at_most_now(self, at: int) -> int:
        return min(at, _ms(self._now))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
