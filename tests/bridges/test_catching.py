"""What happened at a source while its calls did not reach us is fetched, and told once."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from appservice.database import Database
from appservice.ids import RoomId, UserId
from appservice.migrations import migrate
from appservice.outgoing import Outgoing
from appservice.outgoing_settings import OutgoingSettings
from appservice.vault import Vault
from bridges.acting.accounts import Accounts
from bridges.actions import Account, Who
from bridges.base import App
from bridges.catching import CatchingUp
from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.discovery import apps
from bridges.reader import MANY, understood
from bridges.readings import Reading
from tests.harness.missing import Boards, Hooks, open_boards, open_hooks_list

_TRELLO, _GITHUB, _ANA = apps()["trello"], apps()["github"], UserId("@ana:parvis.test")
_HOUR, _DAY = 3600.0, 24 * 3600.0


@dataclass
class Place:
    """A connection whose source is asked, on a day that goes by as it is told to."""

    boards: Boards | Hooks
    database: Database
    connections: Connections
    deliveries: Deliveries
    accounts: Accounts
    client: Outgoing
    now: float
    connection: str = ""
    woken: list[bool] = field(default_factory=list)
    denied: list[bool] = field(default_factory=list)

    def begin(self) -> CatchingUp:
        """Return the part as it is after a start."""
        return CatchingUp(
            apps=apps(),
            database=self.database,
            connections=self.connections,
            deliveries=self.deliveries,
            accounts=self.accounts,
            caller=self.client,
            wake=lambda: self.woken.append(True),
            denied=lambda: self.denied.append(True),
            clock=lambda: self.now,
        )

    async def calls(self, action: Mapping[str, object]) -> None:
        """Let Trello call, which tells the board too."""
        body = json.dumps({"model": {"id": self.boards.id}, "action": action}).encode()
        change = self.deliveries.taken(self.connection, str(action["id"]), {}, body)
        await self.database.write(change, self.connections.called(self.connection))

    async def told(self) -> list[str]:
        """Return the titles of the cards that wait to be told, in order."""
        waiting = await self.deliveries.waiting(limit=5000)
        readings = [understood(_TRELLO, one.headers, one.body) for one in waiting]
        assert all(isinstance(one, Reading) for one in readings)
        return [one.card.title for one in readings]


@asynccontextmanager
async def _opened(url: str, app: App = _TRELLO) -> AsyncIterator[Place]:
    database, vault = await Database.open(url), Vault([Vault.new_key()])
    client = Outgoing(OutgoingSettings(private_hosts=("127.0.0.1",)))
    try:
        await migrate(database)
        async with (open_boards if app is _TRELLO else open_hooks_list)() as boards:
            place = Place(
                boards,
                database,
                Connections(database=database, vault=vault),
                Deliveries(database=database),
                Accounts(database=database, vault=vault),
                client,
                now=0.0,
            )
            room = RoomId("!room:parvis.test")
            place.connection = await place.connections.add(app, room, _ANA)
            if app is _TRELLO:
                await place.connections.take_secret(place.connection, "app secret")
            account = Account(boards.url, "token", "key")
            await place.accounts.keep(place.connection, account, Who("m9", "parvis"), _ANA)
            place.now = (await place.accounts.of(place.connection)).given / 1000 + 60
            yield place
    finally:
        await client.close()
        await database.close()


async def test_what_was_missed_is_taken_in_once_and_in_order(database_url: str):
    async with _opened(database_url) as place:
        (first, missed, late) = place.boards.happens(place.now, 3)
        await place.begin().look()
        unasked = list(place.boards.asked)  # Nobody knows the board before the first call.
        await place.calls(first)
        part = place.begin()
        await part.look()
        after = await place.told()
        await part.look()
        await place.calls(missed)
        await place.calls(late)
        again = await place.told()
        asked = len(place.boards.asked)
        place.now += _DAY
        place.boards.happens(place.now, 2)
        await part.look()
        next_day = await place.told()

    assert unasked == []
    assert after == again == ["Semis 0", "Semis 1", "Semis 2"]
    assert asked == 1
    assert len(place.woken) == 2
    assert next_day[3:] == ["Semis 3", "Semis 4"]
    # From the last asking on, with ten minutes more.
    asked_at = datetime.fromtimestamp(int(place.now - _DAY) - 600, UTC)
    assert datetime.fromisoformat(place.boards.asked[-1]["since"]) == asked_at


async def test_a_source_that_does_not_answer_is_asked_again_and_a_start_asks_at_once(
    database_url: str,
):
    async with _opened(database_url) as place:
        first, _ = place.boards.happens(place.now, 2)
        await place.calls(first)
        part, place.boards.status = place.begin(), 503
        await part.look()
        nothing = await place.told()
        place.boards.status = 200
        await part.look()
        found = await place.told()
        place.now += 10 * _DAY
        place.boards.happens(place.now - 8 * _DAY)
        place.boards.happens(place.now - 6 * _DAY)
        await place.begin().look()
        recent = await place.told()

    assert nothing == ["Semis 0"]
    assert found == ["Semis 0", "Semis 1"]
    assert recent[2:] == ["Semis 3"]


async def test_while_it_is_paused_nobody_asks_and_afterwards_what_happened_is_taken_in(
    database_url: str,
):
    async with _opened(database_url) as place:
        (first,) = place.boards.happens(place.now)
        await place.calls(first)
        part = place.begin()
        await part.look()
        await place.connections.pause(place.connection)
        place.now += _HOUR
        place.boards.happens(place.now)
        await part.look()
        paused = await place.told()
        await place.connections.resume(place.connection)
        await part.look()
        resumed = await place.told()

    assert paused == ["Semis 0"]
    assert resumed == ["Semis 0", "Semis 1"]


async def test_many_missed_calls_come_page_by_page_and_are_marked_for_a_digest(database_url: str):
    async with _opened(database_url) as place:
        (first,) = place.boards.happens(place.now)
        await place.calls(first)
        place.boards.happens(place.now, 1200)
        await place.begin().look()
        waiting = await place.deliveries.waiting(limit=5000)

    assert len(waiting) == 1201
    assert [one.headers.get(MANY) for one in waiting] == [None, *["1200"] * 1200]
    assert [one.get("before") for one in place.boards.asked] == [
        None,
        "a000901",
        "a000601",
        "a000301",
        "a000001",
    ]


async def test_what_a_source_denies_is_noted_until_it_lets_us_ask(sqlite_url: str):
    async with _opened(sqlite_url) as place:
        (first,) = place.boards.happens(place.now)
        await place.calls(first)
        given = (await place.accounts.of(place.connection)).given
        part, notes = place.begin(), []
        for status in (503, 401, 403, 404, 200):
            place.boards.status = status
            await part.look()
            notes.append(part.denials.get(place.connection))
            place.now += _DAY

    assert [note and note.name for note in notes] == [None, *[str(given)] * 3, None]
    assert [note.refusal.why.split(".")[0] for note in notes if note] == [
        "The token is not known there any more",
        "The account may not do that there",
        "The account does not see it there",
    ]
    assert len(place.denied) == 3


async def test_what_is_too_much_to_be_fetched_is_not_left_out_without_a_word(sqlite_url: str):
    async with _opened(sqlite_url) as place:
        (first,) = place.boards.happens(place.now)
        await place.calls(first)
        place.boards.happens(place.now, 1600)
        part = place.begin()
        await part.look()
        all_of_them = (len(await place.deliveries.waiting(limit=9000)), dict(part.denials))
        place.now += _DAY
        place.boards.happens(place.now, 6100)
        await part.look()
        newest = len(await place.deliveries.waiting(limit=9000))

    assert all_of_them == (1601, {})
    assert newest == 1601 + 6000
    assert part.denials[place.connection].refusal.values == {"number": "6000"}
    assert not part.denials[place.connection].refusal.denied


async def test_github_is_asked_to_call_again_for_what_never_arrived(database_url: str):
    async with _opened(database_url, _GITHUB) as place:
        hooks = place.boards
        hooks.sends(place.now - _HOUR, "long ago", "timed out")
        hooks.sends(place.now, "known")
        hooks.sends(place.now, "missed", "failed to connect to host")
        hooks.sends(place.now, "later arrived", "timed out")
        hooks.sends(place.now, "missed too", "Service Unavailable")
        hooks.sends(place.now, "later arrived")
        hooks.sends(place.now, "missed", "failed to connect to host")
        await place.begin().look()
        unasked = list(hooks.again)  # No call says yet which webhook it is.
        body = json.dumps({"repository": {"full_name": "acme/shop"}}).encode()
        headers = {"x-github-event": "push", "x-github-hook-id": "7"}
        await place.database.write(
            place.deliveries.taken(place.connection, "known", headers, body),
            place.connections.called(place.connection),
        )
        part = place.begin()
        await part.look()
        await part.look()
        once = list(hooks.again)
        place.now += _DAY
        for number in range(150):
            hooks.sends(place.now, f"night {number}", "timed out")
        await part.look()
        place.now += _HOUR
        await part.look()

    assert unasked == []
    assert once == ["missed", "missed too"]
    assert hooks.again[2:] == [f"night {number}" for number in range(80)]
