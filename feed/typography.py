"""How people's words stand on a page: their lines, and the spaces of French (look.md section 10).

A plain space that stands before ; ! ? : or » or after « is shown as one that does not break.
Nothing is added or taken away, and code and links stay as they were written.
"""

import re

_NARROW, _HARD = "\u202f", "\u00a0"
_BEFORE_HIGH = re.compile(r" (?=[;!?](?!=))")
_BEFORE_WIDE = re.compile(r" (?=[:»])")
_AFTER_QUOTE = re.compile(r"(?<=«) ")
_TAG = re.compile(r"(<[^>]*>)")  # nh3 leaves no bare ">" in a tag.
_NAME = re.compile(r"</?(\w+)")
_AS_WRITTEN = {"a", "code", "pre"}


def lines(text: str, *, width: int) -> int:
    """Return about how many lines plain *text* takes where *width* signs fit in one."""
    return sum(max(1, -(-len(line) // width)) for line in text.split("\n"))


def french_text(text: str) -> str:
    """Return plain *text* with its signs held to their words."""
    text = _BEFORE_HIGH.sub(_NARROW, text)
    return _AFTER_QUOTE.sub(_HARD, _BEFORE_WIDE.sub(_HARD, text))


def french_html(html: str) -> str:
    """Return sanitized *html* with the signs of its words held to them."""
    depth, parts = 0, _TAG.split(html)
    for place, part in enumerate(parts):
        if place % 2 == 0:
            parts[place] = part if depth else french_text(part)
        elif (name := _NAME.match(part)) and name[1] in _AS_WRITTEN:
            depth += -1 if part.startswith("</") else 1
    return "".join(parts)
