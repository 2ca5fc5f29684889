"""What comes for a crowded room is told together, and what comes for others at once."""

from appservice.ids import RoomId
from bridges.gathering import Gathering

_FULL, _FREE = RoomId("!full:x"), RoomId("!free:x")


async def test_what_is_for_a_crowded_room_waits_for_one_moment_and_begins_anew_after_it():
    now, full = [100.0], {_FULL}

    async def crowded(rooms):
        return full & set(rooms)

    gathering = Gathering(crowded, gap=30.0, clock=lambda: now[0])

    first = await gathering.waits({_FULL, _FREE})
    now[0] = 110.0
    second = await gathering.waits({_FULL})
    now[0] = 130.0
    due = await gathering.waits({_FULL}), await gathering.waits({_FULL})
    now[0] = 134.0
    anew = await gathering.waits({_FULL})
    full.clear()
    free = await gathering.waits({_FULL})

    assert (first, second) == ({_FULL: 130.0}, {_FULL: 130.0})
    assert due == ({}, {})
    assert anew == {_FULL: 164.0}
    assert free == {}
