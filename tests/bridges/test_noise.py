"""Two hundred calls about a dozen pull requests are a dozen posts, and most of them no comment."""

import asyncio
from collections import Counter, defaultdict
from itertools import pairwise

import msgspec
import pytest

from bridges.options import Options
from bridges.pipeline import Pace
from tests.harness.github import GithubCall, call, pull_request
from tests.harness.unsent import ROOM, open_unsent
from tests.harness.wait import until

_GAP = 0.3
"""Seconds between two edits of a card here; in the program they are 5."""


def _life(number: int) -> list[GithubCall]:
    """Return what GitHub says of a pull request that is worked on for some days: 17 calls."""

    def pull(minute: int, **changes: object) -> dict[str, object]:
        names = ["bug", *(["urgent"] if minute >= 24 else [])]
        titles = ["Répare la connexion", "Répare la connexion de nuit", "Répare la nuit"]
        said = {
            "title": titles[(minute >= 2) + (minute >= 25)],
            "labels": [{"name": name} for name in names],
            "requested_reviewers": [malik] if minute >= 3 else [],
        }
        return pull_request(number, minute, **{**said, **changes})

    def remark(minute: int) -> dict[str, object]:
        at = f"2026-05-04T09:{minute:02}:00Z"
        return {"id": 100 * number + minute, "body": "Vu.", "created_at": at, "updated_at": at}

    bug, malik = {"name": "bug"}, {"login": "malik", "type": "User"}
    review = {"id": number, "state": "approved", "body": "", "submitted_at": "2026-05-04T09:30:00Z"}
    issue = {**pull(20), "pull_request": {"merged_at": None}}
    ended = {"state": "closed", "merged": True, "merged_at": "2026-05-04T09:40:00Z"}
    return [
        call("pull_request", "opened", pull_request=pull(0)),
        call("pull_request", "labeled", pull_request=pull(1), label=bug),
        call("pull_request", "edited", pull_request=pull(2), changes={"title": {"from": "x"}}),
        call("pull_request", "review_requested", pull_request=pull(3), requested_reviewer=malik),
        *(call("pull_request", "synchronize", pull_request=pull(4 + step)) for step in range(6)),
        *(call("issue_comment", "created", issue=issue, comment=remark(m)) for m in (21, 22, 23)),
        call("pull_request", "labeled", pull_request=pull(24), label={"name": "urgent"}),
        call("pull_request", "edited", pull_request=pull(25), changes={"title": {"from": "x"}}),
        call("pull_request_review", "submitted", pull_request=pull(30), review=review, by="malik"),
        call("pull_request", "closed", pull_request=pull(40, **ended)),
    ]


def _replay() -> list[GithubCall]:
    """Return the calls as they would come: of each pull request in turn."""
    lives = [_life(number) for number in range(1, 13)]
    return [life[step] for step in range(len(lives[0])) for life in lives][:200]


@pytest.mark.parametrize(("apart", "most_edits"), [(0.0, 1), (0.01, 17)], ids=["burst", "steady"])
async def test_two_hundred_calls_about_twelve_pull_requests_are_twelve_posts_and_few_edits(
    sqlite_url: str, apart: float, most_edits: int
):
    calls = _replay()
    async with open_unsent(sqlite_url, edit_gap=_GAP) as unsent:
        connections, deliveries = unsent.bridges.connections, unsent.bridges.deliveries
        identifier = await connections.add(
            unsent.bridges.apps["github"], ROOM, "@ana:parvis.test", options=Options()
        )
        for one in calls:
            headers = {"x-github-event": one.event, "x-github-delivery": one.id}
            await deliveries.take_in(identifier, one.id, headers, one.body)
            if apart:
                unsent.bridges.pipeline.wake()
                await asyncio.sleep(apart)  # The time between calls is what is tried here.
        unsent.bridges.pipeline.wake()

        async def told() -> bool:
            return not await deliveries.waiting(limit=1)

        await until(told, "all is told", within=30)
        rows = await unsent.trays.outbox.waiting(limit=500)

    kinds, said_at = Counter[str](), defaultdict[str, list[int]](list)
    for row in rows:
        relation = msgspec.json.decode(row.content).get("m.relates_to") or {}
        kinds[relation.get("rel_type", "post")] += 1
        if relation.get("rel_type") != "m.thread":
            said_at[relation.get("event_id") or f"outbox:{row.key}"].append(row.created)
    gaps = [later - earlier for times in said_at.values() for earlier, later in pairwise(times)]
    assert len(calls) == 200
    assert kinds["post"] == len(said_at) == 12
    assert 12 <= kinds["m.thread"] <= 0.6 * 200
    assert kinds["m.replace"] <= 12 * most_edits
    assert kinds.keys() <= {"post", "m.thread", "m.replace"}
    assert min(gaps, default=1000 * _GAP) >= 1000 * _GAP
    assert len(gaps) == kinds["m.replace"] >= 12 * bool(apart)
    assert Pace().edit_gap == 5.0
