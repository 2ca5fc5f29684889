"""Open pages: how many one person may hold, and what a post that cannot be shown does to them."""

from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from appservice.database import Database
from appservice.ids import EventId, RoomId, UserId
from feed.live import Listener, Live
from feed.model import Change
from feed.store import FeedStore
from feed.tables import feed_tables
from feed.views.live import spared

_POST = Change(0, RoomId("!posts:example.org"), "post", EventId("$1"))


@pytest.fixture
async def live(sqlite_url: str) -> AsyncIterator[Live]:
    database = await Database.open(sqlite_url)
    bot = UserId("@parvis:example.org")
    yield Live(store=FeedStore(database=database, tables=feed_tables("a"), bot=bot))
    await database.close()


async def test_one_page_too_many_of_a_session_ends_its_oldest_alone(live: Live):
    with ExitStack() as pages:
        other = pages.enter_context(live.listening(Listener("other", "@zoe:example.org")))
        waiting = pages.enter_context(live.listening())
        own = [
            pages.enter_context(live.listening(Listener("ana", "@ana:example.org")))
            for _ in range(10)
        ]
        live.tell([_POST])
        heard = [[queue.get_nowait() for _ in range(queue.qsize())] for queue in own]
        open_now = live.open

        assert heard[:2] == [[None], [None]]
        assert all(one and one[0] for one in heard[2:])
        assert other.qsize() == waiting.qsize() == 1
    assert open_now == 10
    assert live.open == 0


async def test_more_sessions_give_an_account_no_pages_without_end(live: Live):
    with ExitStack() as pages:
        for number in range(100):
            who = Listener(f"session {number}", "@ana:example.org")
            pages.enter_context(live.listening(who))

        assert live.open == 24


async def test_a_post_that_cannot_be_shown_leaves_the_stream_standing():
    async def broken() -> str:
        raise KeyError("title")

    async def whole() -> str:
        return "<article>"

    assert [await spared(broken(), _POST), await spared(whole(), _POST)] == [None, "<article>"]
