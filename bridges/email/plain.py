"""HTML of a letter as plain text: what a reader would see, and nothing else of it.

Nothing here is shown as HTML again; it is read in one pass, however broken it is.
"""

import re
from collections.abc import Iterator
from html import unescape

_TOKEN = re.compile(r"<[^<>]{0,4000}>|[^<]+|<")
_TAG = re.compile(r"<\s*(/?)\s*([a-zA-Z][a-zA-Z0-9]*)")
_HREF = re.compile(r"""\bhref\s*=\s*["']?(https?://[^\s"'<>]{1,1500})""", re.IGNORECASE)
_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript", "object"})
_PARTS_OF_PAGES = frozenset({"div", "span", "p", "td", "table"})
_UNSEEN = re.compile(r"style\s*=\s*[\"'][^\"'>]{0,1000}display\s*:\s*none", re.IGNORECASE)
"""What newsletters show in the list of letters alone."""
_BREAKS = frozenset({"p", "div", "tr", "table", "ul", "ol", "blockquote", "pre", "section"})
_BREAKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "hr", "article", "header", "footer"}
_HISTORY = re.compile(
    r"""(class|id)\s*=\s*["']?[^"'>]*(gmail_quote|divRplyFwdMsg|yahoo_quoted)""",
    re.IGNORECASE,
)
_CITED = re.compile(r"""type\s*=\s*["']?cite""", re.IGNORECASE)
_QUOTE, _OWN = "\x00", "\x01"
"""Stand where a quoted history begins, and where it ends: they come in turn."""
_MARKS = _PARTS = re.compile(f"[{_QUOTE}{_OWN}]")
_FOR_EVER = 10**9


def text_of(html: str) -> str:
    """Return what *html* says, with quoted history behind ``>`` as in plain letters."""
    lines: list[str] = []
    for number, part in enumerate(_PARTS.split("".join(_said(_without_comments(html))))):
        lines += [f"> {line}" if number % 2 else line for line in _lines(part)]
        lines.append("")
    return "\n".join(lines).strip()


def _said(html: str) -> Iterator[str]:
    hidden = address = said = ""
    depth = 0
    for token in _TOKEN.findall(html):
        tag = _TAG.match(token)
        if tag is None:
            if not hidden and not token.startswith(("<!", "<?")):
                words = _MARKS.sub("", re.sub(r"\s+", " ", unescape(token)))
                said += words
                yield words
            continue
        closes, name = bool(tag[1]), tag[2].lower()
        if hidden or name in _HIDDEN or (name in _PARTS_OF_PAGES and _UNSEEN.search(token)):
            hidden = "" if closes and name == hidden else hidden or ("" if closes else name)
        elif name == "a":
            said_already = closes and address and said.strip() in {address, _bare(address)}
            yield f" ({address})" if closes and address and not said_already else ""
            said = ""
            link = _HREF.search(token)
            address = unescape(link[1]) if link and not closes else ""
        else:
            after = _depth(depth, token, name, closes=closes)
            yield _mark(name, closes=closes)
            if bool(after) is not bool(depth):
                yield _QUOTE if after else _OWN
            depth = after


def _bare(address: str) -> str:
    """Return an address as people write it."""
    return address.partition("://")[2].removesuffix("/")


def _depth(depth: int, token: str, name: str, *, closes: bool) -> int:
    """Return how many quotations are open after a tag: what programs put below never ends."""
    if not depth and not closes and _HISTORY.search(token):
        return _FOR_EVER
    if name != "blockquote" or (not depth and (closes or not _CITED.search(token))):
        return depth
    return depth - 1 if closes else depth + 1


def _mark(name: str, *, closes: bool) -> str:
    if name == "br":
        return "\n"
    if name == "li":
        return "" if closes else "\n- "
    if name in {"td", "th"}:
        return " " if closes else ""
    return "\n\n" if name in _BREAKS else ""


def _without_comments(html: str) -> str:
    """Return *html* without comments; one that never ends hides nothing."""
    kept, start = [], 0
    while (begin := html.find("<!--", start)) >= 0 and (end := html.find("-->", begin)) >= 0:
        kept.append(html[start:begin])
        start = end + 3
    return "".join([*kept, html[start:]])


def _lines(text: str) -> list[str]:
    """Return the lines of *text*, never two empty ones together, none at the ends."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    while kept and not kept[0]:
        kept.pop(0)
    while kept and not kept[-1]:
        kept.pop()
    return kept
