"""A feed's document becomes entries that are all of one form, and what is new among them.

Source of JSON Feed: https://www.jsonfeed.org/version/1.1/ (1.0 has one author, 1.1 a list).
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from appservice.errors import PayloadRejected
from appservice.languages import N_
from appservice.payload import NotJson, Payload
from bridges.base import Found, Harvest, SourceAnswer
from bridges.charsets import decoded
from bridges.instants import milliseconds
from bridges.markup import beginning, text_of
from bridges.rss.xml import read_xml

_LONGEST_TITLE, _LONGEST_TEXT, _MOST_FILES = 300, 1000, 3
_AROUND = re.compile(
    r"(?:The post|L[’']article|Cet article) .{1,400} (?:appeared first on|est apparu en premier sur) .{1,200}"
    r"|Read full topic|Lire le sujet en entier|\d{1,6} posts? - \d{1,6} participants?"
    r"|(?:submitted by /u/\S{1,40}(?: to r/\S{1,40})?|\[link\]|\[comments\]| )+"
)
"""The last lines by WordPress, Discourse and Reddit."""
_EITHER_END, _MOST_FOUND, _MOST_REMEMBERED = 1000, 500, 2000


def harvest(answer: SourceAnswer, cursor: str) -> Harvest:
    """Return the entries that *cursor* does not know; it becomes the marks of all that were seen.

    Entries leave a feed and come back, so those of former documents are remembered too.
    """
    seen, now, new = _seen(cursor), dict[str, None](), list[Found]()
    for one in entries(answer):
        marks = _marks(str(one["id"]), answer.url)
        if not any(mark in seen or mark in now for mark in marks):
            new.append(Found(f"entry:{marks[0]}", {**one, "id": marks[0]}))
        now |= dict.fromkeys(marks)
    former = [mark for mark in seen if mark not in now][:_MOST_REMEMBERED]
    # Entries stand newest first; what is told is told oldest first.
    return Harvest(tuple(new[:_MOST_FOUND][::-1]), json.dumps([*now, *former]))


def entries(answer: SourceAnswer) -> list[dict[str, object]]:
    """Return what a document holds, newest first; raise PayloadRejected if it is no feed."""
    is_json = answer.body[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    name, every = _read_json(answer.body) if is_json else read_xml(answer)
    # Of a very long feed both ends: some begin with the oldest.
    raw = every if len(every) <= 2 * _EITHER_END else every[:_EITHER_END] + every[-_EITHER_END:]
    feed = beginning(text_of(name), 100) or urlsplit(answer.url).hostname or ""
    links = Counter(one.text("link").strip() for one in raw)
    read = [_entry(one, feed, answer.url, links) for one in raw]
    if all(one["at"] for one in read):
        read.sort(key=lambda one: -int(str(one["at"])))
    return read


def _entry(raw: Payload, feed: str, base: str, links: Counter[str]) -> dict[str, object]:
    title = text_of(raw.text("title"))
    text = _own_words(text_of(raw.text("markup")), title)
    link, own = raw.text("link").strip(), raw.text("id").strip()
    if own in {"", link}:
        # Readers give the link for an id that is missing; several entries may have one link.
        own = _absolute(base, link) if links[link] == 1 else ""
    files = [_absolute(base, one) for one in raw.texts("files")]
    return {
        "id": own or f"{link}\n{title}\n{text}",
        "title": " ".join(title.split())[:_LONGEST_TITLE],
        "text": beginning(text, _LONGEST_TEXT),
        "author": _person(raw.text("author")),
        "link": _absolute(base, link),
        "at": milliseconds(raw.text("at")) or 0,
        "feed": feed,
        "files": [one for one in files if one][:_MOST_FILES],
    }


def _own_words(text: str, title: str) -> str:
    """Return a text without what its program says around it: the title once more, and where it is from."""
    lines = text.split("\n")
    if lines[0] == title:
        lines = lines[1:]
    while lines and _AROUND.fullmatch(lines[-1]):
        lines.pop()
    return "\n".join(lines)


def _read_json(body: bytes) -> tuple[str, tuple[Payload, ...]]:
    try:
        feed = Payload.parse(decoded(body.removeprefix(b"\xef\xbb\xbf"), "utf-8"))
    except (NotJson, UnicodeError) as error:
        raise PayloadRejected(N_("this is no feed")) from error
    if not feed.text("version").partition("://")[2].startswith("jsonfeed.org/version/"):
        raise PayloadRejected(N_("this is no feed"))
    everybody = ", ".join(_names(feed))
    return feed.text("title"), tuple(_from_json(one, everybody) for one in feed.items("items"))


def _from_json(item: Payload, everybody: str) -> Payload:
    plain = item.text("content_text") or item.text("summary")
    # What is text stays text where markup is read.
    escaped = plain.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    title = item.text("title").replace("&", "&amp;").replace("<", "&lt;")
    return Payload(
        {
            "id": item.word("id"),
            "title": title,
            "link": item.text("url") or item.text("external_url"),
            "markup": item.text("content_html") or escaped,
            "author": ", ".join(_names(item)) or everybody,
            "at": item.text("date_published") or item.text("date_modified"),
            "files": [one.text("url") for one in item.items("attachments")],
        }
    )


def _names(holder: Payload) -> Iterator[str]:
    for one in (holder.at("author"), *holder.items("authors")):
        if name := one.text("name"):
            yield name


def _person(author: str) -> str:
    """Return a name: RSS has "address (name)", and nobody's address is to be shown."""
    name = " ".join(author.split())
    if "(" in name and name.endswith(")"):
        name = name.partition("(")[2][:-1]
    return "" if "@" in name else name[:100]


def _absolute(base: str, link: str) -> str:
    try:
        full = urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""
    return full if full.startswith(("https://", "http://")) else ""


def _marks(identifier: str, base: str) -> tuple[str, ...]:
    """Return what tells an entry: its id, and that as an address, which one of the readers makes of
    it. Whichever reads the document next time must not find everything new.
    """
    absolute = _absolute(base, identifier) if "\n" not in identifier else ""
    names = dict.fromkeys(name for name in (identifier, absolute) if name)
    return tuple(hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:20] for name in names)


def _seen(cursor: str) -> Mapping[str, None]:
    try:
        known = json.loads(cursor)
    except ValueError:
        return {}
    return dict.fromkeys(map(str, known)) if isinstance(known, list) else {}
