"""Words of HTML from outside: pure, linear in time, nothing of it is ever shown as HTML."""

import html
import re

_LONGEST = 200_000
_HIDDEN = re.compile(r"<(script|style|head|template)\b[^<>]*>", re.IGNORECASE)
_BREAK = re.compile(
    r"<(?:br|hr|p|div|h[1-6]|blockquote|pre|ul|ol|table|tr|figure)\b[^<>]*>|</(?:p|div|li|h\d|tr|blockquote|pre|figure|dd|dt)>",
    re.IGNORECASE,
)
_ITEM = re.compile(r"<li\b[^<>]*>(?:\s*<p\b[^<>]*>)?", re.IGNORECASE)
_NAMES = (
    "a|abbr|acronym|address|area|article|aside|audio|b|big|blink|blockquote|body|br|button|canvas|"
    "caption|center|cite|code|col|colgroup|data|dd|del|details|dfn|div|dl|dt|em|embed|fieldset|"
    "figcaption|figure|font|footer|form|frame|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|"
    "label|legend|li|link|main|map|mark|math|meta|nav|noscript|object|ol|option|p|param|picture|pre|q|"
    "s|samp|script|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|"
    "template|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video|wbr|"
    r"\w{1,20}[:-][\w-]{1,20}"
)
_TAG = re.compile(rf"</?(?:{_NAMES})(?=[\s/>])[^<>]*>|<[!?][^<>]*>", re.IGNORECASE)
"""What else stands between < and > is said, not marked up: "crème <maison>"."""


def text_of(markup: str) -> str:
    """Return the words of *markup*, a line for each block; a lone < or & is a sign like others."""
    text = untagged(_ITEM.sub("\n- ", _without_hidden(markup[:_LONGEST])))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line not in {"", "-"})


def untagged(markup: str) -> str:
    """Return *markup* without its tags, and with the signs that entities stand for."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", markup)))


def beginning(text: str, longest: int) -> str:
    """Return as much of *text* as fits, ended at a word."""
    if len(text) <= longest:
        return text
    kept = text[:longest]
    return (kept.rsplit(None, 1)[0] if " " in kept[longest // 2 :] else kept) + "…"


def _without_hidden(markup: str) -> str:
    """Return *markup* without what is not meant to be read; what is never closed hides the rest."""
    parts, at, lower = [], 0, markup.lower()
    for found in _HIDDEN.finditer(markup):
        if found.start() < at:
            continue
        parts.append(markup[at : found.start()])
        end = lower.find(f"</{found[1].lower()}", found.end())
        at = len(markup) if end < 0 else end
    return "".join(parts) + markup[at:]
