"""Two hundred calls about a dozen pull requests are a dozen posts, and most of them no comment."""

from collections import Counter

from bridges.options import Options
from tests.harness.github import GithubCall, call, pull_request
from tests.harness.unsent import ROOM, open_unsent
from tests.harness.wait import until


def _life(number: int) -> list[GithubCall]:
    """Return what GitHub says of a pull request that is worked on for some days: 17 calls."""

    def pull(minute: int, **changes: object) -> dict[str, object]:
        return pull_request(number, minute, labels=[bug], **changes)

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
        call("pull_request", "edited", pull_request=pull(2), changes={"body": {"from": "x"}}),
        call("pull_request", "review_requested", pull_request=pull(3), requested_reviewer=malik),
        *(call("pull_request", "synchronize", pull_request=pull(4 + step)) for step in range(6)),
        *(call("issue_comment", "created", issue=issue, comment=remark(m)) for m in (21, 22, 23)),
        call("pull_request", "labeled", pull_request=pull(24), label=bug),
        call("pull_request", "edited", pull_request=pull(25), changes={"title": {"from": "x"}}),
        call("pull_request_review", "submitted", pull_request=pull(30), review=review, by="malik"),
        call("pull_request", "closed", pull_request=pull(40, **ended)),
    ]


async def test_two_hundred_calls_about_twelve_pull_requests_are_twelve_posts(sqlite_url: str):
    lives = [_life(number) for number in range(1, 13)]
    # As they would come: all at once, one call of each after the other.
    calls = [life[step] for step in range(len(lives[0])) for life in lives][:200]
    async with open_unsent(sqlite_url) as unsent:
        connections, deliveries = unsent.bridges.connections, unsent.bridges.deliveries
        identifier = await connections.add(
            unsent.bridges.apps["github"], ROOM, "@ana:parvis.test", options=Options()
        )
        for one in calls:
            headers = {"x-github-event": one.event, "x-github-delivery": one.id}
            await deliveries.take_in(identifier, one.id, headers, one.body)
        unsent.bridges.pipeline.wake()

        async def told() -> bool:
            return not await deliveries.waiting(limit=1)

        await until(told, "all is told", within=30)
        kinds = Counter(
            (content.get("m.relates_to") or {}).get("rel_type", "post")
            for content in await unsent.posts()
        )

    assert len(calls) == 200
    assert kinds["post"] == 12
    assert 12 <= kinds["m.thread"] <= 0.6 * 200
    assert kinds["m.replace"] <= 12
    assert sum(kinds.values()) == kinds["post"] + kinds["m.thread"] + kinds["m.replace"]
