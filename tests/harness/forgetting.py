"""A case that should never have been told, and what is left of it."""

import sqlalchemy as sa

from appservice.account import Account
from appservice.database import Database
from appservice.events import REDACTION, RoomEvent
from appservice.ids import RoomId
from appservice.outbox_rows import outbox_table
from bridges.store import activities_table, cases_table, deliveries_table, forgotten_table
from tests.harness import github
from tests.harness.seen import history

SECRET = "Dossier de Zoé"
"""What nobody should read."""


def renamed(minute: int, number: int = 7) -> github.GithubCall:
    """Return the call by which a case is opened (minute 0), or gets another title."""
    pull = github.pull_request(number, minute, title=f"{SECRET} {minute}", body=SECRET)
    return github.call("pull_request", "edited" if minute else "opened", pull_request=pull)


def merged(minute: int) -> github.GithubCall:
    """Return the call by which it ends."""
    over = {"state": "closed", "merged": True, "merged_at": "2026-05-04T09:20:00Z"}
    pull = github.pull_request(7, minute, title=f"{SECRET} {minute}", body=SECRET, **over)
    return github.call("pull_request", "closed", pull_request=pull)


def commented(comment: int, minute: int = 19, number: int = 7) -> github.GithubCall:
    """Return the call that tells of a comment, known by its number."""
    pull = github.pull_request(number, minute, title=f"{SECRET} {minute}", body=SECRET)
    issue = {**pull, "pull_request": {"merged_at": None}}
    said = {"id": comment, "body": f"{SECRET}, encore", "created_at": "2026-05-04T09:31:00Z"}
    return github.call("issue_comment", "created", issue=issue, comment=said)


def other() -> github.GithubCall:
    """Return the call of a case that stays."""
    return github.call("issues", "opened", issue=github.pull_request(8, 0, title="Reste"))


async def standing(bot: Account, room: str) -> list[RoomEvent]:
    """Return the messages of a room that were not redacted, oldest first."""
    events = [event async for event in history(bot, RoomId(room))]
    return [one for one in events if one.type == "m.room.message" and not one.redacted]


async def redacted(bot: Account, room: str) -> list[str]:
    """Return what was redacted in a room, as often as it was."""
    events = [event async for event in history(bot, RoomId(room))]
    return [str(one.redacts) for one in events if one.type == REDACTION]


async def kept(database: Database) -> str:
    """Return all that our tables say of deliveries, cases and what was sent."""
    tables = (deliveries_table, cases_table, activities_table, outbox_table, forgotten_table)
    rows = [await database.read(sa.select(one)) for one in tables]
    return "\n".join(
        str(bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else value)
        for table in rows
        for row in table
        for value in row
    )
