"""Markdown from outside without what rooms and pages do not show: of its marks those stay that
appservice.light_markdown reads (links, strong words, code).

Source: https://github.github.com/gfm/ ; what GitLab adds is read too. Pure, and linear in time. Code
keeps its signs; what is hidden at the source (a template's comments) stays hidden.
"""

import re
from collections.abc import Iterator

from bridges.emoji import with_signs
from bridges.markup import untagged

_LONGEST = 20_000
_FENCE = re.compile(r"[ >]{0,12}(`{3,}|~{3,})")
_OPENING = re.compile(r"^[ >]{0,12}(`{3,}|~{3,})|<!--", re.MULTILINE)
_CODE = re.compile(r"(`+[^`\n]{1,2000}`+)")
_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]{1,200}\]: *\S[^\n]*$", re.MULTILINE)
_IMAGE = re.compile(
    r"!\[([^\[\]\n]{0,300})\]\([^()\s]{0,2000}(?: [^()\n]{0,200})?\)(?:\{[^{}\n]{0,200}\})?"
)
_TAGGED_IMAGE = re.compile(r"<img\b[^<>]{0,2000}>", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"\balt=[\"']([^\"'<>\n]{1,300})[\"']", re.IGNORECASE)
_LINK = re.compile(
    r"\[([^\[\]\n]{0,500}|\[[^\[\]\n]{0,300}\])\]\(<?([^()<>\s]{1,2000})>?(?: [^()\n]{0,200})?\)"
)
_ADDRESS = re.compile(r"<(https?://[^<>\s]{1,2000})>")
_HEADING = re.compile(r"^([ >]{0,12})#{1,6} +(\S[^\n]*?)(?: +#{1,6})?$", re.MULTILINE)
_TABLE, _RULES = set("|:- "), ({"-"}, {"*"}, {"_"})
_SHORTEST_RULE = 3
_TASK = re.compile(r"^([ >]{0,30}(?:[*+-]|\d{1,9}[.)]) +)\[([ xX])\] ", re.MULTILINE)
_STRONG = re.compile(r"(\*\*|__|~~)(?=\S)([^*~\n]{1,1000}?)(?<=\S)\1(?!\w)")
_CODE_FENCE = "```"
_HALF_LINK = re.compile(r"\[[^\[\]\n]*(?:\](?:\([^()\s]*)?)?\Z")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|@])")


def prose(markdown: str) -> str:
    """Return the words of *markdown*, and the marks that are shown."""
    text = _unhidden(markdown[:_LONGEST].replace("\r\n", "\n"))
    lines = (line.rstrip() for part in _parts(text) for line in part.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def beginning(words: str, longest: int) -> str:
    """Return the first *longest* signs of what prose() returned: no link is cut in two, and code is
    closed behind them.
    """
    if len(words) <= longest:
        return words
    kept = words[:longest].rstrip("`") if words[longest] == "`" else words[:longest]
    if kept.count(_CODE_FENCE) % 2:
        return f"{kept.rstrip()}\n{_CODE_FENCE}"
    return _HALF_LINK.sub("", kept).rstrip()


def _parts(text: str) -> Iterator[str]:
    """Walk the words between fenced code, and such code as it stands, between plain fences."""
    held: list[str] = []
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if found and (not fence or found[1].startswith(fence)):
            yield _fenced(held) if fence else _words("\n".join(held))
            held, fence = [], "" if fence else found[1]
        else:
            held.append(line)
    yield _fenced(held) if fence else _words("\n".join(held))


def _fenced(code: list[str]) -> str:
    return "\n".join((_CODE_FENCE, *code, _CODE_FENCE)) if any(code) else ""


def _words(text: str) -> str:
    text = _DEFINITION.sub("", text)
    lines = (line for line in text.split("\n") if not _ruled(line.strip(" >")))
    pieces = _CODE.split("\n".join(lines))
    return "".join(part if number % 2 else _plain(part) for number, part in enumerate(pieces))


def _ruled(line: str) -> bool:
    """Tell a line that is drawn: below a table's head, or across the page."""
    signs = set(line)
    return len(line) >= _SHORTEST_RULE and (signs in _RULES or ({"|", "-"} <= signs <= _TABLE))


def _plain(text: str) -> str:
    text = _IMAGE.sub(lambda found: _shown(found[1]), text)
    text = _TAGGED_IMAGE.sub(_alternative, text)
    text = _ADDRESS.sub(r"\1", _LINK.sub(_linked, text))
    text = _TASK.sub(lambda found: found[1] + ("☐ " if found[2] == " " else "☑ "), text)
    text = _STRONG.sub(_kept, _HEADING.sub(r"\1\2", untagged(text)))
    return _ESCAPED.sub(r"\1", with_signs(text))


def _linked(found: re.Match[str]) -> str:
    """Return a link as it stands, or its words alone where they are its address or it leads nowhere from here."""
    label, address = found[1], found[2]
    away = address.startswith(("https://", "http://"))
    if label.startswith("[") or not away or label == address:
        return label
    return found[0] if label else address


def _kept(found: re.Match[str]) -> str:
    """Return strong words with one kind of marks, and others without."""
    return found[2] if found[1] == "~~" else f"**{found[2]}**"


def _alternative(found: re.Match[str]) -> str:
    said = _ALTERNATIVE.search(found[0])
    return _shown(said[1] if said else "")


def _shown(alternative: str) -> str:
    return f"[{alternative}]" if alternative.strip() else ""


def _unhidden(text: str) -> str:
    """Return *text* without comments, but for those in code; one that begins a line and is never closed
    hides the rest, as at the source.
    """
    parts, kept, at, last = [], 0, 0, text.rfind("-->")
    while opening := _OPENING.search(text, at):
        at = opening.end()
        if opening[1]:
            closing = re.compile(rf"^[ >]{{0,12}}{opening[1]}", re.MULTILINE).search(text, at)
            at = closing.end() if closing else len(text)
            continue
        start, end = opening.start(), text.find("-->", at) if at <= last else -1
        begins = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        if text[max(0, start - 1) : start] != "`" and (end >= 0 or begins):
            parts.append(text[kept:start])
            kept = at = len(text) if end < 0 else end + 3
    return "".join(parts) + text[kept:]
