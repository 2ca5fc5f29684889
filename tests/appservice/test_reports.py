"""Admins are told of troubles: one line an hour of each kind, with its count, and never in a ring."""

import time

from appservice.bot import register
from appservice.commands.reports import Reports
from appservice.commands.requests import RequestStore
from appservice.floor import FloorSettings, open_trays
from appservice.ids import RoomId, UserId
from appservice.languages import Language
from appservice.outbox_rows import Outgoing
from appservice.trouble import Trouble
from tests.harness.floor import open_floor
from tests.harness.wait import until

_ADMIN = UserId("@admin:parvis.test")
_HOUR = 3600


async def test_a_kind_gets_one_line_an_hour_also_after_a_restart(homeserver, sqlite_url):
    registration = homeserver.take_registration()
    settings = FloorSettings(sqlite_url, homeserver.url, registration)
    async with open_trays(settings) as trays:

        async def room_of(_user_id):
            return RoomId("!direct:parvis.test")

        def begin(hours: float) -> Reports:
            reports = Reports(
                admins=[_ADMIN],
                outbox=trays.outbox,
                requests=RequestStore(database=trays.database),
                room_of=room_of,
                default_language=Language.EN,
                gather=0.05,
                clock=lambda: time.time() + hours * _HOUR,
            )
            reports.start()
            return reports

        async def lines(number: int) -> list[str]:
            async def said():
                rows = await trays.outbox.waiting(limit=9)
                return rows if len(rows) == number else None

            rows = await until(said, f"{number} lines")
            return [row.content.decode() for row in rows]

        first = begin(0)
        for _ in range(3):
            first.note(Trouble.EVENT, "a burst")
        one = await lines(1)
        first.note(Trouble.EVENT, "in the same hour")
        first.note(Trouble.SEND, "of another kind")
        two = await lines(2)
        await first.close()
        second = begin(0.5)
        second.note(Trouble.EVENT, "after a restart")
        second.note(Trouble.DELIVERY, "so that it is known when it looked")
        three = await lines(3)
        await second.close()
        third = begin(1.1)
        third.note(Trouble.EVENT, "an hour later")
        four = await lines(4)
        await third.close()

    assert "put them aside" in one[0] and "3 events" in one[0]
    assert "refused 1 message" in two[1]
    assert "1 call" in three[2]
    assert "1 event" in four[3]


async def test_a_report_that_is_refused_makes_no_other(homeserver, sqlite_url):
    registration = homeserver.take_registration()
    async with open_floor(sqlite_url, homeserver.url, registration) as floor:
        await register(
            floor.trays.homeserver,
            user_id=registration.bot,
            as_token=registration.as_token,
            name="Parvis",
        )
        nowhere = RoomId("!nowhere:parvis.test")
        content = {"msgtype": "m.notice", "body": "x"}
        await floor.trays.outbox.enqueue(
            Outgoing("report:event:1:@admin:parvis.test", nowhere, content),
            Outgoing("card:1", nowhere, content),
        )
        await until(lambda: _reported(floor), "the homeserver refused the card")

    # By its number: a key may hold what no room should.
    assert [(trouble, line[:5]) for trouble, line in floor.reports] == [(Trouble.SEND, "row 2")]


async def _reported(floor) -> bool:
    return bool(floor.reports)
