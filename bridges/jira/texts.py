"""What Jira's two ways of writing say, with the few marks that are shown: wiki marks, and trees of nodes.

Sources: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ and
https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape

from appservice.payload import Payload
from bridges.instants import milliseconds

_LONGEST = 20_000
_DEEPEST = 30
_BLOCKS = {"paragraph", "heading", "codeBlock", "blockquote", "panel", "rule", "tableRow"}
_BLOCKS |= {"mediaSingle", "mediaGroup", "expand", "nestedExpand", "decisionItem", "taskItem"}
_NAMED = {"mention", "emoji", "status", "text"}
_CARDS = {"inlineCard", "blockCard", "embedCard"}

_CODE = re.compile(r"\{(code|noformat)(?::[^{}\n]{0,300})?\}")
_MACRO = re.compile(r"\{(?:code|noformat|quote|panel|color|anchor|expand)(?::[^{}\n]{0,300})?\}")
_LINK = re.compile(r"\[([^\[\]|\n]{1,500})\|([^\[\]|\n]{1,2000})(?:\|[^\[\]\n]{0,100})?\]")
_ADDRESS = re.compile(r"\[(https?://[^\[\]|\s]{1,2000})\]")
_PERSON = re.compile(r"\[~(accountid:)?([^\[\]\n]{1,200})\]")
_FILE = re.compile(r"\[\^([^\[\]\n]{1,300})\]")
_WORDS = re.compile(r"\{\{([^{}\n]{1,500})\}\}")
_ESCAPED = re.compile(r"\\([\[\]{}*_+\-!|#~^])")
_PICTURE = re.compile(r"!([^!\s|]{1,300}\.\w{1,5})(?:\|[^!\n]{0,200})?!")
_LINE_START = re.compile(r"^(?:h[1-6]\.|bq\.) *", re.MULTILINE)
_STRONG = re.compile(r"(?<!\w)\*(?=\S)([^*\n]{1,500})(?<=\S)\*(?!\w)")
_BULLET = re.compile(r"^[*\-#]{1,6} +(?=\S)", re.MULTILINE)
_ROW = re.compile(r"^\|{1,2}([^\n]{1,2000}?)\|{1,2} *$", re.MULTILINE)
_CELLS = re.compile(r" *\|{1,2} *")
_LINKABLE = re.compile(r"[^\[\]\n]{1,400}https?://[^\s()<>]{1,2000}")
_RULE = re.compile(r"^-{4,5} *$", re.MULTILINE)


def text_of(holder: Payload, key: str, people: Mapping[str, str]) -> str:
    """Return what *key* of *holder* says, whichever way it is written; *people* are names by id."""
    tree = holder.at(key)
    if tree:
        return _tidy(_node(tree, _DEEPEST, people))
    return wiki_text(holder.text(key), people)


def wiki_text(text: str, people: Mapping[str, str]) -> str:
    """Return what is written with wiki marks; within code they mean nothing."""
    text, parts, at = text[:_LONGEST].replace("\r\n", "\n"), [], 0
    while opening := _CODE.search(text, at):
        end = text.find(f"{{{opening[1]}}}", opening.end())
        if end < 0:
            break
        parts += [_unmarked(text[at : opening.start()], people), _code(text[opening.end() : end])]
        at = end + len(opening[1]) + 2
    return _tidy("".join([*parts, _unmarked(text[at:], people)]))


def _unmarked(text: str, people: Mapping[str, str]) -> str:
    """Return words without code, with the marks of Markdown in place of Jira's."""
    text = _MACRO.sub("", text.replace("\\\\", "\n"))
    text = _PERSON.sub(lambda found: _called(found, people), text)
    text = _LINK.sub(lambda found: _linked(found[1], found[2]), _ADDRESS.sub(r"\1", text))
    text = _FILE.sub(r"[\1]", _PICTURE.sub(r"[\1]", text))
    text = _ROW.sub(lambda found: _CELLS.sub(" | ", found[1].strip()), _RULE.sub("", text))
    text = _STRONG.sub(r"**\1**", _BULLET.sub("- ", _LINE_START.sub("", text)))
    return unescape(_ESCAPED.sub(r"\1", _WORDS.sub(r"`\1`", text)))


def _called(found: re.Match[str], people: Mapping[str, str]) -> str:
    """Return who is mentioned; Cloud names accounts by ids, which say nothing to a reader."""
    return "@" + people.get(found[2], "…" if found[1] else found[2])


def _node(node: Payload, depth: int, people: Mapping[str, str]) -> str:
    """Return the words below a node; what is deeper than anybody writes is left out."""
    kind, attrs = node.text("type"), node.at("attrs")
    if not depth:
        return ""
    if kind == "mention" and not attrs.text("text"):
        return "@" + people.get(attrs.text("id"), "…")
    if (leaf := _leaf(node, kind, attrs)) is not None:
        return leaf
    parts = [_node(child, depth - 1, people) for child in node.items("content")]
    if kind in {"bulletList", "orderedList", "taskList", "decisionList"}:
        numbered = kind == "orderedList"
        lines = (
            f"{f'{number}.' if numbered else '-'} {part.strip()}"
            for number, part in enumerate(parts, 1)
        )
        return "\n".join(line.replace("\n", "\n  ") for line in lines) + "\n"
    if kind == "tableRow":
        return " | ".join(part.strip() for part in parts) + "\n"
    inner = "".join(parts)
    if kind == "codeBlock":
        return _code(inner) + "\n"
    return inner + "\n" if kind in _BLOCKS else inner


def _leaf(node: Payload, kind: str, attrs: Payload) -> str | None:
    """Return the words of a node that has none below it, or None."""
    if kind in _NAMED:
        words = node.text("text") or attrs.text("text") or attrs.text("shortName")
        return _marked(node, words)
    if kind in {"media", "mediaInline"}:
        return f"[{attrs.text('alt') or attrs.text('__fileName') or 'media'}]"
    if kind == "date":
        return _day(attrs.word("timestamp"))
    return "\n" if kind == "hardBreak" else attrs.text("url") if kind in _CARDS else None


def _day(timestamp: str) -> str:
    at = milliseconds(timestamp)
    return "" if at is None else datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def _marked(node: Payload, words: str) -> str:
    """Return the words as they are marked: with an address that hangs on them, as code, or strong."""
    marks = {mark.text("type"): mark for mark in node.items("marks")}
    if address := marks.get("link", Payload()).text("attrs", "href"):
        return _linked(words, address)
    if "code" in marks:
        return f"`{words}`"
    inner = words.strip()
    return words.replace(inner, f"**{inner}**") if "strong" in marks and inner else words


def _linked(label: str, address: str) -> str:
    if label == address:
        return address
    return (
        f"[{label}]({address})" if _LINKABLE.fullmatch(label + address) else f"{label} ({address})"
    )


def _code(text: str) -> str:
    """Return code as it stands there, in lines of its own if it has more than one."""
    lines = text.strip("\n").replace("```", "")
    if not lines.strip():
        return ""
    return f"```\n{lines}\n```" if "\n" in lines or "`" in lines else f"`{lines.strip()}`"


def _tidy(text: str) -> str:
    lines = (line.rstrip() for line in text[:_LONGEST].split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
