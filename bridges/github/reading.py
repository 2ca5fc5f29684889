"""What the parts of a GitHub payload mean, shared by its event families.

Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from datetime import datetime

from appservice.payload import Payload
from bridges.base import Activity, Field, Importance

_EXCERPT = 400


def repository(body: Payload) -> str:
    """Return owner/name, as people know the repository."""
    return body.text("repository", "full_name")


def repository_id(body: Payload) -> str:
    """Return the id that survives renames and transfers."""
    return body.word("repository", "id") or repository(body)


def milliseconds(text: str) -> int | None:
    """Return the time that *text* names (ISO 8601), or None."""
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def at(payload: Payload, *names: str) -> int | None:
    """Return the first of the named times that the object has."""
    for name in names:
        if (moment := milliseconds(payload.text(name))) is not None:
            return moment
    return None


def login(body: Payload, *path: str) -> str:
    """Return a person's login; a deleted account is called ghost, as on GitHub."""
    return body.text(*path, "login") or "ghost"


def logins(people: tuple[Payload, ...]) -> str:
    """Return people as one text."""
    return ", ".join(name for person in people if (name := person.text("login")))


def excerpt(text: str) -> str:
    """Return the beginning of a description."""
    return text.strip()[:_EXCERPT]


def field(name: str, value: str) -> Field:
    """Return a fact of the card."""
    return Field(name, value)


def happened(
    body: Payload,
    verb: str,
    key: str,
    *,
    when: int | None,
    importance: Importance = Importance.NORMAL,
    url: str = "",
    text: str = "",
    **values: str,
) -> Activity:
    """Return what the sender of *body* did."""
    return Activity(
        key=key,
        verb=verb,
        actor=login(body, "sender"),
        at=when,
        values=values,
        text=text,
        url=url,
        importance=importance,
        by_bot=body.text("sender", "type") == "Bot",
    )
