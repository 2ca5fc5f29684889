"""The few marks of Markdown by which apps write, as HTML: links, strong words, code, headings.

A remark of another program is not rendered whole: what it may look like is little, found in one pass
over a text of bounded length, and nothing of it is HTML of its own.
"""

import re
from html import escape

_LONGEST_URL = 2000
_PEOPLE = ("https://matrix.to/", "http://matrix.to/")
"""Clients show a link to somebody as that person."""
_LABEL = r"(?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){1,300}"
_MARK = re.compile(
    r"```(?:[a-z]{1,20}\n)?(?P<block>.{1,4000}?)```"
    r"|`(?P<code>[^`\n]{1,500})`"
    rf"|\[(?P<label>{_LABEL})\]\((?P<to>https?://[^\s()<>]{{1,{_LONGEST_URL}}})\)"
    r"|(?<![\w*])\*\*(?P<strong>(?=\S)[^*\n]{1,500}(?<=\S))\*\*(?![\w*])"
    r"|^\#{1,6} +(?P<heading>[^\n]{1,300})$",
    re.DOTALL | re.MULTILINE,
)
_DEEPEST = 3


def as_marked(text: str) -> str:
    """Return *text* as HTML within a line, or lines with ``<br>``."""
    return _marked(text, _DEEPEST).replace("\n", "<br>")


def web(url: str) -> str:
    """Return *url* if it may be linked, or an empty text."""
    fair = url.startswith(("https://", "http://")) and not url.lower().startswith(_PEOPLE)
    return url if fair and len(url) <= _LONGEST_URL else ""


def _marked(text: str, depth: int) -> str:
    if not depth:
        return escape(text)
    html, at = [], 0
    for found in _MARK.finditer(text):
        html += [escape(text[at : found.start()]), _shown(found, depth - 1)]
        at = found.end()
    return "".join([*html, escape(text[at:])])


def _shown(found: re.Match[str], depth: int) -> str:
    code = found["block"] or found["code"]
    if code:
        return f"<code>{escape(code.strip(chr(10)))}</code>"
    if found["label"]:
        label, to = _marked(found["label"], min(depth, 1)), web(found["to"])
        # A link within a link is none.
        return (
            f'<a href="{escape(to)}">{label}</a>' if to and "<a " not in label else escape(found[0])
        )
    return f"<strong>{_marked(found['strong'] or found['heading'], depth)}</strong>"
