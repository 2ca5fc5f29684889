"""What a connection follows on one server, as its owner wrote it, and the question for each part.

    https://social.example                       mentions of the account whose token it has
    https://social.example, #velo, #ville        two hashtags
    https://social.example, mentions, #velo      both

Source: https://docs.joinmastodon.org/methods/timelines/#tag and …/methods/notifications/#get
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from appservice.errors import PayloadRejected
from bridges.base import Question

MENTIONS = "mentions"
PAGE = 40
"""How many an answer holds at most: the most that hashtags give."""
_TAG = re.compile(r"#[\w·]{1,100}\Z")
_MOST_TAGS = 5


@dataclass(frozen=True)
class Followed:
    """A server, without a slash at its end, and the parts that are asked for, one after the other.

    A hashtag is written small, with its sign. Mentions come last: what is both is a mention then.
    """

    server: str
    parts: tuple[str, ...]


def followed(source: str) -> Followed:
    """Return what *source* names, or raise PayloadRejected."""
    words = [word for word in re.split(r"[,\s]+", source.replace("#", " #")) if word]
    server = _server(words[0] if words else "")
    named = [word.lower() for word in words[1:]] or [MENTIONS]
    tags = tuple(dict.fromkeys(word for word in named if word != MENTIONS))
    if not all(_TAG.match(tag) for tag in tags) or len(tags) > _MOST_TAGS:
        raise PayloadRejected(
            f"after the server come “mentions” and at most {_MOST_TAGS} #hashtags"
        )
    return Followed(server, (*tags, *[MENTIONS][: MENTIONS in named]))


def needs_token(source: str) -> bool:
    """Tell whether *source* names what is the account's own."""
    return MENTIONS in followed(source).parts


def question(server: str, part: str, *, after: str = "") -> Question:
    """Return the question for the newest of one part, or for what comes next after an id."""
    is_tag = part != MENTIONS
    path = f"timelines/tag/{quote(part[1:], safe='')}" if is_tag else "notifications"
    asked = {"limit": str(PAGE)} | ({} if is_tag else {"types[]": "mention"})
    asked |= {"min_id": after} if after else {}
    return Question(
        f"{server}/api/v1/{path}?{urlencode(asked)}",
        {"Accept": "application/json"},
        again=False,
        needs_token=not is_tag,
        absent=is_tag,
    )


def _server(word: str) -> str:
    try:
        parts = urlsplit(word)
        fair = parts.scheme in {"https", "http"} and parts.hostname and parts.username is None
        fair = fair and parts.path in {"", "/"} and not parts.query and parts.port != 0
    except ValueError:
        fair = False
    if not fair:
        raise PayloadRejected("a server’s address begins with https:// and ends with its name")
    return f"{parts.scheme}://{parts.netloc}".lower()
