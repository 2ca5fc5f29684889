"""Keeps hostile HTML from growing while it is parsed.

A parser must open again, in every new paragraph, all formatting elements that were left open (HTML
standard, 13.2.4.3 "The list of active formatting elements"): a few hundred open `<b id=...>` before
a few thousand `<p>` make millions of elements from one message. The standard lets at most three
*alike* stand in that list, so formatting tags are made alike first: without their attributes.

And at every block that begins a parser looks for an open paragraph through all blocks that are
open, so thousands of them in each other take a time that grows with the square of their number.
"""

import re

_MOST_TAGS = 10_000
_MOST_CLASSES = 40
_DEEPEST = 100
"""Blocks in each other, as the Client-Server API counsels ("m.room.message msgtypes")."""
_FORMATTING = "b|big|em|font|i|nobr|s|small|strike|strong|tt|u"
# Never looks beyond the next "<", so that its time grows with the length only.
_FORMATTING_TAG = re.compile(rf"<({_FORMATTING})(?=[\s/>])[^<>]*>?", re.IGNORECASE)
_BLOCKS = (
    "address|article|aside|blockquote|center|details|dialog|dir|div|dl|fieldset|figcaption|figure|"
    "footer|form|header|hgroup|listing|main|menu|nav|ol|pre|search|section|summary|table|ul"
)
_BLOCK_TAG = re.compile(rf"<(/?)(?:{_BLOCKS})(?=[\s/>])", re.IGNORECASE)
_CODE_TAG = re.compile(r"<code(?=[\s/>])([^<>]*)>?", re.IGNORECASE)
_LANGUAGE = re.compile(r"""\sclass\s*=\s*["']?(?:[^"'<>]*\s)?(language-[\w+#.-]{1,30})""")


def bounded(html: str) -> str | None:
    """Return *html* with formatting tags alike, or None if it has more tags, or more of them in each
    other, than any text needs.
    """
    if html.count("<") > _MOST_TAGS or _is_too_deep(html):
        return None
    alike = _FORMATTING_TAG.sub(r"<\1>", html)
    few = html.count("language-") <= _MOST_CLASSES
    return _CODE_TAG.sub(_with_language if few else "<code>", alike)


def _is_too_deep(html: str) -> bool:
    """Tell whether blocks stand too deep in each other.

    This is no parser: ends of blocks that a parser would not see can hide some depth, but each takes
    the place of a beginning, so that what is hidden costs a quarter at most.
    """
    depth = 0
    for tag in _BLOCK_TAG.finditer(html):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > _DEEPEST:
            return True
    return False


def _with_language(code: re.Match[str]) -> str:
    named = _LANGUAGE.search(code[1])
    return f'<code class="{named[1]}">' if named else "<code>"
