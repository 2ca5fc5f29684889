"""Slack's own marks as Markdown, or as plain text where a title is wanted.

Source: https://docs.slack.dev/messaging/formatting-message-text/
"""

import re
from collections.abc import Mapping

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_ANGLED = re.compile(r"<([^<>\n]{1,3000})>")
_BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])")
_SLANTED = re.compile(r"(?<!\w)_(?=\S)([^_\n]*[^_\s])_(?!\w)")
_EMOJI = re.compile(r":([a-z0-9_+\-]{1,40}):")
_LINKED = re.compile(r"\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\([^()\s]+\)")
_SIGNED = re.compile(r"\*\*|~~|`|^ *(?:[#>-]+|1\.) +", re.MULTILINE)
_WEB = ("https://", "http://", "mailto:")
_LONGEST = 40_000
"""Characters: Slack cuts a text here."""
_ENTITIES = {"&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&amp;": "&"}
_PEOPLE = {"channel": "@channel", "here": "@here", "everyone": "@everyone"}
_SIGNS: Mapping[str, str] = {
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "warning": "⚠️",
    "rotating_light": "🚨",
    "fire": "🔥",
    "boom": "💥",
    "rocket": "🚀",
    "tada": "🎉",
    "bell": "🔔",
    "bug": "🐛",
    "lock": "🔒",
    "hourglass": "⌛",
    "red_circle": "🔴",
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "arrow_up": "⬆️",
    "arrow_down": "⬇️",
    "+1": "👍",
    "-1": "👎",
    "eyes": "👀",
    "wave": "👋",
    "smile": "😄",
    "ghost": "👻",
    "chart_with_upwards_trend": "📈",
    "no_entry": "⛔",
    "construction": "🚧",
    "information_source": "ℹ️",
    "wrench": "🔧",
    "package": "📦",
    "robot_face": "🤖",
}
"""The signs that programs like to send; any other keeps its name."""


def markdown(text: str) -> str:
    """Return Slack's marks as Markdown; code keeps its letters."""
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
    return _unescaped(_EMOJI.sub(_as_sign, bare)).strip()


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
    if named.count("[") != named.count("]"):
        named = named.replace("[", "(").replace("]", ")")
    # A bracket in an address would end the link.
    bare = address.replace("(", "%28").replace(")", "%29")
    return f"[{named}]({bare})" if named and named != address else address


def _marked(text: str) -> str:
    """Mark what stands outside links; addresses are full of underscores that mean nothing."""
    marked, end = [], 0
    for found in _ANGLED.finditer(text):
        marked += [_with_marks(text[end : found.start()]), _as_link(found)]
        end = found.end()
    return "".join([*marked, _with_marks(text[end:])])


def _with_marks(text: str) -> str:
    text = _STRUCK.sub(r"~~\1~~", _BOLD.sub(r"**\1**", text))
    return _unescaped(_EMOJI.sub(_as_sign, text))


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


def _as_sign(found: re.Match[str]) -> str:
    return _SIGNS.get(found[1], found[0])


def _unescaped(text: str) -> str:
    """Return the signs themselves: Slack escapes three, but many senders escape as for HTML."""
    for entity, sign in _ENTITIES.items():
        text = text.replace(entity, sign)
    return text
