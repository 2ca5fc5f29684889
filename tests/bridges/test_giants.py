"""Of a call of many megabytes no more is kept than will ever be read, and it is told as a whole."""

import io
import json
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import sqlalchemy as sa

from appservice.ids import UserId
from appservice.payload import GIANT, NotJson, Payload
from bridges.store import deliveries_table
from tests.bridges.apps.goldens import fixtures
from tests.harness.github import GithubCall
from tests.harness.unsent import ROOM, open_door, open_unsent
from tests.harness.wait import until

_COMMITS = 6000


def _push() -> dict[str, Any]:
    """Return a push of more commits than anybody reads: three megabytes."""
    push = next(one.body for one in fixtures("github") if one.name == "push.commits")
    (commit, *_), numbers = push["commits"], range(_COMMITS)
    commits = [{**commit, "id": f"{number:040}"} for number in numbers]
    return {**push, "commits": commits, "beyond": 2**70}


@pytest.mark.parametrize("shape", ["application/json", "application/x-www-form-urlencoded"])
async def test_a_giant_is_kept_in_part_and_all_of_it_is_counted(sqlite_url: str, shape: str):
    raw = json.dumps(_push()).encode()
    body = urlencode({"payload": raw}).encode() if "form" in shape else raw
    call = GithubCall("push", body, "giant")
    async with open_unsent(sqlite_url) as unsent:
        connections = unsent.bridges.connections
        made = await connections.add(
            unsent.bridges.apps["github"], ROOM, UserId("@ana:parvis.test")
        )
        headers = {**call.headers(await connections.show_secret(made)), "Content-Type": shape}
        async with open_door(unsent) as door, aiohttp.ClientSession() as session:
            url = door.make_url(f"/hooks/{made}")
            for _ in range(2):
                async with session.post(url, data=io.BytesIO(body), headers=headers) as answer:
                    assert answer.status == 200

        async def told() -> bool:
            return not await unsent.bridges.deliveries.waiting(limit=1)

        await until(told, "it is told")
        (kept,) = await unsent.trays.database.read(sa.select(deliveries_table.c.body))
        (post,) = await unsent.posts()

    assert len(body) > 2_500_000
    assert len(kept.body) < len(body) / 3
    assert f"+ {_COMMITS - 5}" in post["body"]


_MEMBER = b'{"a":12345678,"b":"Avis a"},'


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (b"0," * (GIANT // 2) + b"0", "too many members"),
        (b"[" * 40 + b'"%s"' % (b"a" * GIANT) + b"]" * 40, "too deep"),
        (_MEMBER * (8 * GIANT // len(_MEMBER)) + b'"\\ud800"', "no strict JSON"),
    ],
    ids=["crowded", "deep", "no strict JSON"],
)
def test_a_giant_that_is_made_to_take_memory_or_time_is_refused(made: bytes, why: str):
    with pytest.raises(NotJson, match=why):
        Payload.parse(b'{"commits":[%s]}' % made, giants_in_part=True)
