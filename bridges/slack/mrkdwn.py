"""Slack's own marks as Markdown, or as plain text where a title is wanted.

Source: https://docs.slack.dev/messaging/formatting-message-text/
"""

import re

from bridges.emoji import with_signs

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_ANGLED = re.compile(r"<((?:[@#!]|[a-z][a-z0-9+.-]{0,20}:)[^<>\n]{1,3000})>", re.IGNORECASE)
"""What else stands between such signs was not escaped, and means itself."""
_LINK = re.compile(rf"{_ANGLED.pattern}|(?<!\w)https?://[^\s<>]{{1,3000}}", re.IGNORECASE)
_HELD = re.compile("\ue000(\\d+)\ue000")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])")
_SLANTED = re.compile(r"(?<!\w)_(?=\S)([^_\n]*[^_\s])_(?!\w)")
_LINKED = re.compile(r"\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\([^()\s]+\)")
_SIGNED = re.compile(r"\*\*|~~|`|^ *(?:[#>-]+|1\.) +", re.MULTILINE)
_WEB = ("https://", "http://", "mailto:")
_LONGEST = 40_000
"""Characters: Slack cuts a text here."""
_ENTITIES = {"&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&amp;": "&"}
_PEOPLE = {"channel": "@channel", "here": "@here", "everyone": "@everyone"}


def markdown(text: str, *, marks: bool = True) -> str:
    """Return Slack's marks as Markdown; code keeps its letters. Without *marks* links alone are read."""
    if not marks:
        return _unescaped(_ANGLED.sub(_as_link, text[:_LONGEST]))
    parts = _CODE.split(text[:_LONGEST])
    return "".join(
        _unescaped(_ANGLED.sub(_as_address, part)) if number % 2 else _marked(part)
        for number, part in enumerate(parts)
    )


def plain(text: str) -> str:
    """Return *text* without any marks, for a title."""
    bare = _ANGLED.sub(_as_label, text[:_LONGEST].replace("```", "").replace("`", ""))
    for mark in (_BOLD, _STRUCK, _SLANTED):
        bare = mark.sub(r"\1", bare)
    return _unescaped(with_signs(bare)).strip()


def bare(text: str) -> str:
    """Return Markdown without its marks, for a title."""
    return _SIGNED.sub("", _LINKED.sub(r"\1", text[:_LONGEST])).strip()


def web(address: str) -> str:
    """Return an address that a browser may follow, or an empty text."""
    return address if address.startswith(_WEB[:2]) and not re.search(r"\s", address) else ""


def link(label: str, address: str) -> str:
    """Return a link in Markdown, or the label alone if the address is none for a browser."""
    address = address.strip()
    if not address.startswith(_WEB) or re.search(r"[\s<>]", address):
        return label or address
    named = " ".join(label.split())
    if address.startswith("mailto:"):
        written = address.removeprefix("mailto:")
        return f"{named} ({written})" if named and named != written else written
    if named.count("[") != named.count("]"):
        named = named.replace("[", "(").replace("]", ")")
    # A bracket in an address would end the link.
    bare = address.replace("(", "%28").replace(")", "%29")
    return f"[{named}]({bare})" if named and named != address else address


def _marked(text: str) -> str:
    """Mark what stands outside links; addresses are full of underscores that mean nothing."""
    links: list[str] = []

    def held(found: re.Match[str]) -> str:
        links.append(_as_link(found) if found[1] else _unescaped(found[0]))
        return f"\ue000{len(links) - 1}\ue000"

    marked = _with_marks(_LINK.sub(held, text.replace("\ue000", "")))
    return _HELD.sub(lambda found: links[int(found[1])], marked)


def _with_marks(text: str) -> str:
    """Return *text* with strong words marked; rooms show no others."""
    plainer = _SLANTED.sub(r"\1", _STRUCK.sub(r"\1", text))
    return _unescaped(with_signs(_BOLD.sub(r"**\1**", plainer)))


def _as_link(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if target.startswith(("!", "@", "#")):
        return _unescaped(_as_label(found))
    return link(_with_marks(label), _unescaped(target))


def _as_address(found: re.Match[str]) -> str:
    return found[1].partition("|")[0] if found[1].startswith(_WEB) else found[0]


def _as_label(found: re.Match[str]) -> str:
    """Return what people read: nobody is called, whoever the sender names."""
    target, _, label = found[1].partition("|")
    if target.startswith(("@", "#")):
        sign = target[0]
        return sign + (label or target[1:]).removeprefix(sign)
    if target.startswith("!"):
        name = target[1:].partition("^")[0]
        return label or _PEOPLE.get(name, name)
    return label or target


def _unescaped(text: str) -> str:
    """Return the signs themselves: Slack escapes three, but many senders escape as for HTML."""
    for entity, sign in _ENTITIES.items():
        text = text.replace(entity, sign)
    return text
