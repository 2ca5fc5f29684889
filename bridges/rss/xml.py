"""Feeds that are XML: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0.

Sources: https://www.rssboard.org/rss-specification, https://web.resource.org/rss/1.0/spec,
https://www.rfc-editor.org/rfc/rfc4287. fastfeedparser reads most of them; what is not quite XML, or
has a base of its own for links, or markup as elements, is for feedparser. Neither is given a text that it could take for an
address or a file name.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from typing import Any

import fastfeedparser
import feedparser

from appservice.errors import PayloadRejected
from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import SourceAnswer
from bridges.charsets import is_utf8
from bridges.rss.dates import MARK, in_english, with_marked_guids

_NOT_QUITE = re.compile(
    rb"\x00|xml:base|=[\"']xhtml[\"']|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)"
)
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_NAMES_ENCODING = re.compile(rb"\A[^>]{0,200}encoding=")
_OWN_ENCODING = re.compile(rb"(\A\s*<\?xml[^>]{0,100}?encoding=[\"'])([\w.:-]{1,40})")
_UTF8 = {"utf-8", "utf8", b"utf-8", b"utf8"}
_LATIN = {b"iso-8859-1", b"latin-1", b"latin1"}
_ALTERNATE = re.compile(
    r"<link\b[^<>]*type=[\"']?application/(?:rss\+xml|atom\+xml|feed\+json)[^<>]*>", re.IGNORECASE
)
_HREF = re.compile(r"href=[\"']?([^\"'\s>]+)", re.IGNORECASE)


def read_xml(answer: SourceAnswer) -> tuple[str, tuple[Payload, ...]]:
    """Return a feed's title and its entries, each with id, title, link, markup, author, at, files."""
    body = in_english(_as_it_says(answer))
    if not _NOT_QUITE.search(body):
        try:
            marked = with_marked_guids(body)
            found = fastfeedparser.parse(marked, include_media=True, include_tags=False)
        except Exception:  # noqa: BLE001 - whatever it raises, feedparser may know better
            found = None
        if found and found["entries"]:
            feed = Payload(found)
            return feed.text("feed", "title"), tuple(map(_from_fast, feed.items("entries")))
    found = feedparser.parse(
        BytesIO(body),
        response_headers={
            "content-type": answer.headers.get("content-type", "application/xml")
            if body == answer.body
            else "application/xml; charset=utf-8",
            "content-location": answer.url,
        },
    )
    if not found.get("version"):
        raise PayloadRejected(_no_feed(body))
    name = str(found["feed"].get("title", ""))
    return name, tuple(_from_feedparser(entry, body) for entry in found["entries"])


def _from_fast(entry: Payload) -> Payload:
    contents, media = entry.items("content"), entry.items("media_content")
    markup = (contents[0].text("value") if contents else "") or entry.text("description")
    enclosed = (one for one in entry.items("links") if one.text("rel") == "enclosure")
    files = [one.text("url") for one in entry.items("enclosures")]
    # What has no title is a short post; what it shows is all of it.
    shown = [] if entry.text("title") else [one.text("url") for one in media]
    link = entry.text("link")
    return Payload(
        {
            "id": entry.word("id").removeprefix(MARK),
            "title": entry.text("title"),
            "link": "" if link.startswith(MARK) else link,
            "markup": markup or (_as_markup(media[0].text("description")) if media else ""),
            "author": entry.text("author"),
            "at": entry.text("published") or entry.text("updated"),
            "files": [*files, *(one.text("href") for one in enclosed), *shown],
        }
    )


def _from_feedparser(entry: Mapping[str, Any], body: bytes) -> Payload:
    contents = entry.get("content") or [{}]
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    own = str(entry.get("id", ""))
    # It takes a guid for a link, whatever it is, and makes a whole address of it.
    leads = not entry.get("guidislink") or own.partition("&")[0].encode() in body
    return Payload(
        {
            "id": own,
            "title": entry.get("title", ""),
            "link": entry.get("link", "") if leads else "",
            "markup": contents[0].get("value") or entry.get("summary", ""),
            "author": entry.get("author", ""),
            "at": _iso(moment[:6]) if moment else dict(entry).get("published", ""),
            "files": [one.get("href", "") for one in entry.get("enclosures", [])],
        }
    )


def _as_markup(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _iso(parts: tuple[int, ...]) -> str:
    year, month, day, hour, minute, second = parts
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).isoformat()
    except ValueError:
        return ""


def _as_it_says(answer: SourceAnswer) -> bytes:
    """Return the document in UTF-8 where only its headers say that it is not."""
    named = _CHARSET.search(answer.headers.get("content-type", ""))
    own = _OWN_ENCODING.match(answer.body)
    if (own and own[2].lower() in _LATIN) or (not own and not is_utf8(answer.body) and not named):
        return _from_windows(answer.body, own)
    if own and own[2].lower() in _UTF8 and not is_utf8(answer.body):
        return _from_windows(answer.body, own)
    if not named or named[1].lower() in _UTF8 or _NAMES_ENCODING.match(answer.body):
        return answer.body
    try:
        return answer.body.decode(named[1]).encode()
    except (LookupError, UnicodeError):
        return answer.body


def _from_windows(body: bytes, own: re.Match[bytes] | None) -> bytes:
    """Return in UTF-8 what Windows wrote, which says it is Latin-1 or UTF-8: browsers read it so too."""
    text = body.decode("cp1252", "replace").encode()
    return own[1] + b"utf-8" + text[own.end(2) :] if own else text


def _no_feed(body: bytes) -> str:
    """Return why nothing is read: a page that names its feed says where that is."""
    page = body[:100_000].decode("utf-8", "replace")
    link = _ALTERNATE.search(page)
    href = _HREF.search(link[0]) if link else None
    if href:
        return f"this is a page; its feed is {href[1][:300]}"
    return N_("this is no feed")
