"""Markdown to HTML, HTML to harmless HTML, HTML to words.

`render` is for what people write here, `sanitize` for whatever an event carries. Both end in one
policy: the tags of the Client-Server API ("m.room.message msgtypes") without styles, scripts and
foreign pictures.
"""

import asyncio
import json
import re
from html import escape, unescape
from weakref import WeakValueDictionary

import nh3

from appservice.errors import MalformedId
from appservice.html_bounds import bounded
from appservice.ids import parse_mxc
from appservice.line_worker import LineWorker

_LONGEST_SOURCE = 16_000
_LONGEST_HTML = 65_536
_LONGEST_CLEAN = 4 * _LONGEST_HTML
_DEADLINE = 0.25
_START_DEADLINE = 10.0

_TAG_NAMES = (
    "del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div "
    "table thead tbody tr th td caption pre span img details summary"
)
_TAGS = set(_TAG_NAMES.split())
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "code": {"class"},
}
_LINKS = ("https://", "http://", "mailto:")
_LANGUAGE_CLASS = re.compile(r"language-[\w+#.-]{1,30}\Z")
_NUMBER = re.compile(r"\d{1,4}\Z")
# Marks that turn the direction of text or have no width: they make names look like others.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f]")
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"</(?:p|div|li|h\d|tr|blockquote|pre)>|<br\s*/?>|<hr\s*/?>")


class Formatting:
    """Renders Markdown in a process that is killed when it takes too long."""

    def __init__(self) -> None:
        self._worker = LineWorker(
            "appservice.render_worker", longest=1024 * 1024, greets_within=_START_DEADLINE
        )
        self._turn = asyncio.Lock()
        self._own_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def render(self, source: str, *, sender: str = "") -> str:
        """Return safe HTML of *source*; what cannot be rendered in time is shown as it stands.

        Of each *sender* one text waits for the process at a time: however many slow ones somebody
        sends at once, they hold up another's by no more than one.
        """
        if len(source) > _LONGEST_SOURCE:
            return as_it_stands(source)
        own = self._own_turns.setdefault(sender, asyncio.Lock())
        async with own, self._turn:
            try:
                return await self._ask(source)
            except (TimeoutError, OSError, ValueError):
                return as_it_stands(source)

    async def close(self) -> None:
        """End the process."""
        await self._worker.close()

    async def _ask(self, source: str) -> str:
        line = await self._worker.ask(json.dumps(source).encode(), within=_DEADLINE)
        return str(json.loads(line))


def as_it_stands(text: str) -> str:
    """Return plain text as HTML that looks the same."""
    return f"<p>{escape(text).replace(chr(10), '<br>')}</p>"


def sanitize(html: str) -> str:
    """Return *html* with nothing that runs, styles, loads from elsewhere, or breaks the page."""
    if len(html) > _LONGEST_HTML or (alike := bounded(html)) is None:
        return as_it_stands(plain(html[:_LONGEST_HTML]))
    clean = nh3.clean(
        alike,
        tags=_TAGS,
        clean_content_tags={"script", "style", "mx-reply"},
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "mxc"},
        link_rel="noopener noreferrer nofollow",
    )
    if len(clean) > _LONGEST_CLEAN:
        return as_it_stands(plain(html))
    # A post's own title is an h2; what stands in its text comes below. Tags carry no attributes.
    for tag, lower in (("h2", "h4"), ("h1", "h3")):
        clean = clean.replace(f"<{tag}>", f"<{lower}>").replace(f"</{tag}>", f"</{lower}>")
    return clean


def plain(html: str) -> str:
    """Return the words of *html*, a line for each block."""
    text = unescape(_TAG.sub("", _BREAK.sub("\n", html)))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def without_hidden_signs(text: str) -> str:
    """Return *text* without what makes a name look like another: turned, unseen, control signs."""
    return _INVISIBLE.sub("", text)


def clean_name(name: str, *, otherwise: str) -> str:
    """Return a display name on one line, without invisible signs, or *otherwise* if none is left."""
    return " ".join(without_hidden_signs(name).split())[:100] or otherwise


def media_path(mxc: str) -> str:
    """Return our own address of an mxc URI, or an empty text if it is none."""
    try:
        server, media = parse_mxc(mxc)
    except MalformedId:
        return ""
    return f"/media/{server}/{media}"


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return media_path(value) or None
    if tag == "img" and name in {"width", "height"}:
        return value if _NUMBER.match(value) else None
    if tag == "a" and name == "href":
        return value if value.lower().startswith(_LINKS) else None
    if tag == "code" and name == "class":
        return value if _LANGUAGE_CLASS.match(value) else None
    if tag == "ol" and name == "start":
        return value if _NUMBER.match(value) else None
    return value
