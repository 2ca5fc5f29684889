"""Slack's blocks and attachments as Markdown; what can only be pressed is left out.

Sources: https://docs.slack.dev/reference/block-kit/blocks/ and
https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments/
"""

import re
from collections.abc import Callable, Iterable, Mapping

from appservice.payload import Payload
from bridges.parts import measure
from bridges.prose import prose
from bridges.slack.mrkdwn import link, markdown, plain
from bridges.slack.rich import rich

_MOST = 100
"""Parts of one message: Slack takes 50 blocks and 100 attachments."""
_DEEPEST, _LONGEST = 4, 12_000
_HEADING = re.compile(r"^ {0,3}#{1,6} +([^\n*]{1,300})$", re.MULTILINE)
_HEADS, _BODIES = ("title", "rich_text_title"), ("subtitle", "body", "text", "details", "output")
_WITHIN = ("elements", "child_blocks", "tasks")
_STATUSES = {"complete": "✅", "error": "❌", "in_progress": "⏳", "pending": "⏳"}


def blocks_text(body: Payload) -> str:
    """Return what the blocks of a message or an attachment say."""
    return _joined(_block(block) for block in body.items("blocks")[:_MOST])


def header(body: Payload) -> str:
    """Return the first header among the blocks, as plain text."""
    headers = (block.text("text", "text") for block in body.items("blocks")[:_MOST] if _is(block))
    return next((plain(text) for text in headers if text.strip()), "")


def attachments_text(body: Payload) -> str:
    """Return what the attachments say, one after the other."""
    return _joined(map(_attachment, body.items("attachments")[:_MOST]))


def _is(block: Payload) -> bool:
    return block.text("type") == "header"


def _block(block: Payload, depth: int = _DEEPEST) -> str:
    own = _KINDS.get(block.text("type"))
    return own(block) if own else _composed(block, depth)


def _header(block: Payload) -> str:
    return _strong(plain(block.text("text", "text")))


def _picture(block: Payload) -> str:
    label = _words(block, "title") or block.text("alt_text")
    shown = link(label, block.text("image_url") or block.text("title_url"))
    return _joined([shown, _words(block, "description")], "\n")


def _row_of(block: Payload) -> str:
    return _joined(map(_element, block.items("elements")), " · ")


def _nothing(_block: Payload) -> str:
    return ""


def _composed(block: Payload, depth: int) -> str:
    """Return what a section, a card, a plan or a block of a kind that is new says, part by part."""
    sign = _STATUSES.get(block.text("status"), "")
    head = _joined((_words(block, name) for name in _HEADS), " ")
    inner = (one for name in _WITHIN for one in block.items(name)[:_MOST])
    sources = [link(one.text("text"), one.text("url")) for one in block.items("sources")[:_MOST]]
    parts = [
        f"{sign} {_strong(head)}",
        *(_said(block.at(name)) for name in _BODIES),
        *map(_said, block.items("fields")),
        _element(block.at("accessory")),
        *((_block(one, depth - 1) for one in inner) if depth else ()),
        _joined(map(_element, block.items("actions")), " · "),
        _joined(sources, " · "),
    ]
    return _joined(parts, "\n")


def _chart(block: Payload) -> str:
    """Return what a chart draws, a line for each slice or row."""
    chart = block.at("chart")
    rows = [f"{one.text('name')}: {_points(one.items('data'))}" for one in chart.items("series")]
    lines = [*map(_point, chart.items("segments")), *rows][:_MOST]
    return _joined([_strong(plain(block.text("title"))), *lines], "\n")


def _points(points: tuple[Payload, ...]) -> str:
    return ", ".join(map(_point, points[:_MOST]))


def _point(one: Payload) -> str:
    return f"{plain(one.text('label'))}: {_value(one)}"


def _strong(words: str) -> str:
    return f"**{words}**" if words else ""


def _words(block: Payload, name: str) -> str:
    """Return what a member says: a text, a text object or rich text."""
    return _said(block.at(name)) or plain(block.text(name))


def _said(text: Payload) -> str:
    """Return a text object's words, by its own kind of marks."""
    if text.text("type").startswith("rich_text"):
        return rich(text)
    words = text.text("text")
    return plain(words) if text.text("type") == "plain_text" else markdown(words)


def _element(element: Payload) -> str:
    """Return a text, a picture's name, or the link behind a button; other controls say nothing."""
    kind = element.text("type")
    if kind == "image":
        return element.text("alt_text")
    if kind in {"button", "workflow_button"}:
        return link(_said(element.at("text")), element.text("url")) if element.text("url") else ""
    return _said(element) if kind in {"mrkdwn", "plain_text"} else ""


def _attachment(one: Payload) -> str:
    author = link(plain(one.text("author_name")), one.text("author_link"))
    title = link(plain(one.word("title")), one.text("title_link"))
    buttons = (
        link(plain(a.text("text")), a.text("url")) for a in one.items("actions") if "url" in a
    )
    parts = [
        markdown(one.text("pretext")),
        author,
        _strong(title),
        markdown(one.word("text")),
        blocks_text(one),
        _joined(map(_fact, one.items("fields")[:_MOST]), "\n"),
        _joined(buttons, " · "),
    ]
    said = _joined(parts, "\n") or markdown(one.text("fallback"))
    picture = link("", one.text("image_url")) if one.text("image_url") else ""
    return _joined([said, picture, plain(one.text("footer"))], "\n")


def _fact(field: Payload) -> str:
    title, value = plain(field.word("title")), markdown(_value(field))
    return f"**{title}**: {value}" if title and value else value


def _value(field: Payload) -> str:
    """Return what a fact is: measures come as they are (Grafana)."""
    value = field.fields.get("value")
    return measure(value) if isinstance(value, float) else field.word("value")


def _table(block: Payload) -> str:
    """Return the rows of a table, a line each."""
    rows = block.fields.get("rows")
    lines = [row for row in rows if isinstance(row, list)][:_MOST] if isinstance(rows, list) else []
    cells = ([Payload(one) for one in line if isinstance(one, dict)] for line in lines)
    said = (_joined(map(_cell, line), " · ") for line in cells)
    return _joined([_strong(plain(block.text("caption"))), *said], "\n")


def _cell(cell: Payload) -> str:
    return rich(cell) if cell.items("elements") else plain(cell.text("text")) or _value(cell)


def _joined(parts: Iterable[str], between: str = "\n\n") -> str:
    return between.join(part for part in (one.strip() for one in parts) if part)


_KINDS: Mapping[str, Callable[[Payload], str]] = {
    "header": _header,
    "divider": lambda _block: "---",
    "markdown": lambda block: prose(_HEADING.sub(r"**\1**", block.text("text")[:_LONGEST])),
    "image": _picture,
    "video": _picture,
    "table": _table,
    "data_table": _table,
    "data_visualization": _chart,
    "rich_text": rich,
    "context": _row_of,
    "actions": _row_of,
    "input": _nothing,
    "context_actions": _nothing,
}
