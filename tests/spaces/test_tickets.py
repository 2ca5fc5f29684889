"""A code lets one person in, once."""

import asyncio
from contextlib import asynccontextmanager

from appservice.database import Database
from appservice.ids import UserId
from appservice.migrations import migrate
from spaces.inviting.tickets import Ticket, Tickets, Way

_BOSS, _ANA, _ZOE = UserId("@boss:x"), UserId("@ana:x"), UserId("@zoe:x")
_MINUTE = 60_000
_NOW = 10 * _MINUTE


@asynccontextmanager
async def _open(url: str):
    database = await Database.open(url)
    await migrate(database)
    try:
        yield Tickets(database=database)
    finally:
        await database.close()


def _ticket(name: str, whom: UserId = _ANA, way: Way = Way.SHEET) -> Ticket:
    return Ticket(f"{way}:{name}", whom, way, _BOSS, _NOW, _NOW + _MINUTE * 60)


async def test_of_many_who_use_a_code_at_once_one_has_it(database_url):
    async with _open(database_url) as tickets:
        await tickets.issue({"m": _ticket("a")}, now=_NOW)
        claims = await asyncio.gather(*(tickets.claim("m", _NOW) for _ in range(10)))
        (mine,) = [one for one in claims if one]
        again = await tickets.claim("m", _NOW + 1)
        await tickets.use(mine, now=_NOW)
        after = [await tickets.claim("m", _NOW + 5 * _MINUTE), await tickets.live("m", _NOW)]

    assert mine.user_id == _ANA
    assert again is None
    assert after == [None, None]


async def test_a_claim_that_came_to_nothing_ends(sqlite_url):
    async with _open(sqlite_url) as tickets:
        await tickets.issue({"m": _ticket("a")}, now=_NOW)
        mine = await tickets.claim("m", _NOW)
        assert mine
        await tickets.give_back(mine)
        again = await tickets.claim("m", _NOW)
        forgotten = await tickets.claim("m", _NOW + 2 * _MINUTE)

    assert again == forgotten == mine


async def test_a_new_code_ends_the_earlier_of_its_way_and_a_used_one_ends_all(database_url):
    async with _open(database_url) as tickets:
        await tickets.issue({"s1": _ticket("1"), "z": _ticket("1z", _ZOE)}, now=_NOW)
        await tickets.issue({"m1": _ticket("1", way=Way.MAIL)}, now=_NOW)
        await tickets.issue({"s2": _ticket("2")}, now=_NOW)

        async def live() -> set[str]:
            return {mark for mark in ("s1", "s2", "m1", "z") if await tickets.live(mark, _NOW)}

        before = await live()
        mine = await tickets.claim("s2", _NOW)
        assert mine
        await tickets.use(mine, now=_NOW)
        after = await live()

    assert before == {"s2", "m1", "z"}
    assert after == {"z"}


async def test_a_code_that_ended_long_ago_is_forgotten_and_no_other(database_url):
    async with _open(database_url) as tickets:
        await tickets.issue({"a": _ticket("a"), "z": _ticket("z", _ZOE)}, now=_NOW)
        mine = await tickets.claim("a", _NOW)
        assert mine
        await tickets.use(mine, now=_NOW)
        await tickets.write(tickets.forget(before=mine.expires))
        kept = await tickets.by_person()
        await tickets.write(tickets.forget(before=mine.expires + 1))
        left = await tickets.by_person()

    assert set(kept) == {_ANA, _ZOE}
    assert left == {}


async def test_a_code_taken_back_or_too_old_lets_nobody_in(sqlite_url):
    async with _open(sqlite_url) as tickets:
        await tickets.issue({"a": _ticket("a"), "z": _ticket("z", _ZOE)}, now=_NOW)
        await tickets.write(tickets.revoke(_ANA, now=_NOW))
        late = _NOW + _MINUTE * 60

        assert await tickets.claim("a", _NOW) is None
        assert await tickets.claim("z", late) is None
        assert await tickets.live("z", late) is None
        assert (await tickets.live("z", late - 1)) == _ticket("z", _ZOE)
        assert await tickets.claim("nothing", _NOW) is None
