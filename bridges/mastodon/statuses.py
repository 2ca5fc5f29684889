"""What a status, or the notification of one, says that is told: plain words, no HTML.

Source: https://docs.joinmastodon.org/entities/Status/ and …/Notification/, …/MediaAttachment/
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from appservice.payload import Payload
from bridges.instants import milliseconds
from bridges.markup import beginning, text_of

MENTION, HASHTAG = "mention", "hashtag"
_LONGEST_TEXT, _LONGEST_NAME, _LONGEST_ALT, _LONGEST_URL = 6000, 100, 300, 2000
_MOST_PICTURES, _LONGEST_QUOTED, _LONGEST_CONTENT = 20, 300, 100_000
_LINK = re.compile(
    r"<a\b(?=([^<>]{0,3000}))[^<>]{0,1000}?\bhref=[\"'](https?://[^\"'<>\s]{1,2000})[\"'][^<>]{0,1000}>"
    r"((?:[^<]|<(?!/?a\b)){0,3000})</a>",
    re.IGNORECASE,
)
_CALLED = re.compile(r"class=[\"'][^\"']{0,200}\b(?:mention|hashtag)\b", re.IGNORECASE)
_QUOTED = re.compile(
    r"<p class=[\"']quote-inline[\"']>(?:[^<]|<(?!/p>)){0,1000}</p>", re.IGNORECASE
)
_MOST_FILES, _MOST_TAGS, _MOST_CHOICES = 8, 20, 10


@dataclass(frozen=True)
class Seen:
    """A status in a timeline. *id* is its place there, *stamp* changes with what is told of it,
    *delivery* tells it apart from its other states.
    """

    id: str
    stamp: str
    delivery: str
    body: Mapping[str, object]


def seen_in(one: Payload) -> Seen:
    """Return what a member of a timeline says: a status, or a notification that holds one."""
    is_notice = "type" in one and "content" not in one
    event, status = (MENTION, one.at("status")) if is_notice else (HASHTAG, one)
    answered = is_notice and (status.number("replies_count") or 0) > 0
    stamp = f"{status.text('edited_at')[:40]}{' answered' if answered else ''}"
    why = _left_out(one, status, is_notice=is_notice)
    body = {"why": why} if why else {**_words(status), "event": event, "answered": answered}
    address = status.text("uri") or status.text("url") or one.word("id")
    own = hashlib.sha256(f"{address}\n{stamp}".encode("utf-8", "replace")).hexdigest()[:32]
    return Seen(one.word("id"), stamp, f"{event}:{own}", body)


def _left_out(one: Payload, status: Payload, *, is_notice: bool) -> str:
    """Return why it is not told, or an empty text."""
    if is_notice and one.text("type") != "mention":
        return f"notification.{one.text('type')[:40]}"
    if not status:
        return "notification without status"
    return "boost" if status.at("reblog") else ""


def _words(status: Payload) -> dict[str, object]:
    author, quoted = status.at("account"), _quoted(status)
    text = _said(status, without_reference=bool(quoted))
    return {
        "uri": status.text("uri") or _web(status.text("url")),
        "url": _web(status.text("url")) or _web(status.text("uri")),
        "visibility": status.text("visibility"),
        "warning": beginning(" ".join(text_of(status.text("spoiler_text")).split()), 200),
        "text": beginning(text, _LONGEST_TEXT),
        "quoted": quoted,
        "author": _author(author),
        "handle": _handle(author),
        "bot": author.flag("bot"),
        "at": milliseconds(status.text("created_at")) or 0,
        "edited": milliseconds(status.text("edited_at")) or 0,
        "tags": _named(status.items("tags"), "name")[:_MOST_TAGS],
        "sensitive": status.flag("sensitive"),
        "files": [_file(one) for one in status.items("media_attachments")][:_MOST_FILES],
        "choices": _named(status.items("poll", "options"), "title")[:_MOST_CHOICES],
    }


def _said(status: Payload, *, without_reference: bool = False) -> str:
    """Return the words of a status, with the addresses of links that have names, and with the line
    that refers to what it quotes unless that is shown.
    """
    content = status.text("content")[:_LONGEST_CONTENT]
    content = _LINK.sub(_with_address, _QUOTED.sub("", content) if without_reference else content)
    return _without_pictures(text_of(content), status)


def _with_address(found: re.Match[str]) -> str:
    """Return a link; of people and hashtags, and where its words are its address, they will do."""
    address, words = found[2], text_of(found[3])
    plain = (
        _CALLED.search(found[1]) or words[:1] in {"@", "#"} or unescape(words) in unescape(address)
    )
    return found[0] if plain or not words else f"{found[0]} ({address})"


def _quoted(status: Payload) -> str:
    """Return what a status quotes: Mastodon says it with its state, Pleroma and others as it stands."""
    quote = status.at("quote") or status.at("pleroma", "quote")
    inner = quote.at("quoted_status") or quote
    if inner.text("spoiler_text") or inner.text("visibility") not in {"public", "unlisted"}:
        return ""
    text = beginning(_said(inner), _LONGEST_QUOTED)
    return f"{_author(inner.at('account'))}\n{text}" if text else ""


def _without_pictures(text: str, holder: Payload) -> str:
    """Leave out what stands for pictures that only its server has."""
    for picture in holder.items("emojis")[:_MOST_PICTURES]:
        text = text.replace(f":{picture.text('shortcode')}:", "")
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


def _named(those: tuple[Payload, ...], key: str) -> list[str]:
    names = (" ".join(one.text(key).split())[:_LONGEST_NAME] for one in those)
    return [name for name in names if name]


def _file(one: Payload) -> dict[str, object]:
    alt = " ".join(one.text("description").split())
    url = _web(one.text("url")) or _web(one.text("remote_url"))
    return {"alt": beginning(alt, _LONGEST_ALT), "url": url}


def _author(account: Payload) -> str:
    """Return a name with its handle: the name alone may be anybody's."""
    name, handle = _without_pictures(account.text("display_name"), account), _handle(account)
    name = " ".join(name.split())[:_LONGEST_NAME]
    return f"{name} ({handle})" if name and handle else name or handle


def _handle(account: Payload) -> str:
    """Return the whole handle: of people of the server itself it leaves the server out."""
    name = account.text("acct") or account.text("username")
    host = urlsplit(_web(account.text("url"))).hostname or ""
    handle = name if "@" in name or not host else f"{name}@{host}"
    return f"@{handle}"[:200] if name else ""


def _web(url: str) -> str:
    try:
        fair = urlsplit(url).scheme in {"https", "http"} and bool(urlsplit(url).hostname)
    except ValueError:
        fair = False
    return url if fair and len(url) <= _LONGEST_URL else ""
