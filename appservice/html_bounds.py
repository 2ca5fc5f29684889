"""Keeps hostile HTML from growing while it is parsed.

A parser must open again, in every new paragraph, all formatting elements that were left open (HTML
standard, 13.2.4.3 "The list of active formatting elements"): a few hundred open `<b id=...>` before
a few thousand `<p>` make millions of elements from one message. The standard lets at most three
*alike* stand in that list, so formatting tags are made alike first: without their attributes.
"""

import re

_MOST_TAGS = 10_000
_MOST_CLASSES = 40
_FORMATTING = "b|big|em|font|i|nobr|s|small|strike|strong|tt|u"
# Never looks beyond the next "<", so that its time grows with the length only.
_FORMATTING_TAG = re.compile(rf"<({_FORMATTING})(?=[\s/>])[^<>]*>?", re.IGNORECASE)
_CODE_TAG = re.compile(r"<code(?=[\s/>])([^<>]*)>?", re.IGNORECASE)
_LANGUAGE = re.compile(r"""\sclass\s*=\s*["']?(?:[^"'<>]*\s)?(language-[\w+#.-]{1,30})""")


def bounded(html: str) -> str | None:
    """Return *html* with formatting tags alike, or None if it has more tags than any text needs."""
    if html.count("<") > _MOST_TAGS:
        return None
    alike = _FORMATTING_TAG.sub(r"<\1>", html)
    few = html.count("language-") <= _MOST_CLASSES
    return _CODE_TAG.sub(_with_language if few else "<code>", alike)


def _with_language(code: re.Match[str]) -> str:
    named = _LANGUAGE.search(code[1])
    return f'<code class="{named[1]}">' if named else "<code>"
