"""Slack's blocks and attachments as Markdown; what can only be pressed is left out.

Sources: https://docs.slack.dev/reference/block-kit/blocks/ and
https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments/
"""

from collections.abc import Iterable

from appservice.payload import Payload
from bridges.parts import measure
from bridges.slack.mrkdwn import link, markdown, plain

_MOST = 100
"""Parts of one message: Slack takes 50 blocks and 100 attachments."""
_DEEPEST = 6
_STYLES = (("code", "`"), ("strike", "~~"), ("italic", "_"), ("bold", "**"))


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


def _block(block: Payload) -> str:
    kind = block.text("type")
    if kind == "header":
        return f"**{plain(block.text('text', 'text'))}**" if block.text("text", "text") else ""
    if kind == "divider":
        return "---"
    if kind == "markdown":
        return block.text("text")
    if kind in {"image", "video"}:
        label = _said(block.at("title")) or plain(block.text("title")) or block.text("alt_text")
        return link(label, block.text("image_url") or block.text("title_url"))
    if kind == "table":
        return _table(block)
    if kind == "rich_text":
        return _joined((_rich(part, _DEEPEST) for part in block.items("elements")), "\n")
    if kind in {"context", "actions"}:
        return _joined(map(_element, block.items("elements")), " · ")
    fields = _joined(map(_said, block.items("fields")), "\n")
    return _joined([_said(block.at("text")), fields, _element(block.at("accessory"))], "\n")


def _said(text: Payload) -> str:
    """Return a text object's words, by its own kind of marks."""
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


def _rich(part: Payload, depth: int) -> str:
    """Return a piece of rich text: a section, a list, a quotation, code, or a leaf."""
    kind, inner = part.text("type"), part.items("elements")
    said = [_rich(one, depth - 1) for one in inner] if depth else []
    if kind == "rich_text_list":
        sign = "1." if part.text("style") == "ordered" else "-"
        return "\n".join(f"{sign} {one}" for one in said)
    if kind == "rich_text_quote":
        return "\n".join(f"> {line}" for line in "".join(said).splitlines())
    if kind == "rich_text_preformatted":
        return f"```\n{''.join(said)}\n```"
    return "".join(said) if inner else _leaf(part)


def _leaf(part: Payload) -> str:
    kind, text = part.text("type"), part.text("text")
    if kind == "link":
        return link(text, part.text("url"))
    names = {"user": "user_id", "channel": "channel_id", "usergroup": "usergroup_id"}
    if kind in names:
        return ("#" if kind == "channel" else "@") + part.text(names[kind])
    if kind == "emoji":
        return plain(f":{part.text('name')}:")
    if kind == "broadcast":
        return "@" + part.text("range")
    for style, mark in _STYLES:
        if part.flag("style", style) and (words := text.strip()):
            # Markdown knows no mark beside a space.
            text = text.replace(words, f"{mark}{words}{mark}", 1)
    return text or part.text("fallback")


def _attachment(one: Payload) -> str:
    author = link(plain(one.text("author_name")), one.text("author_link"))
    title = link(plain(one.text("title")), one.text("title_link"))
    buttons = (
        link(plain(a.text("text")), a.text("url")) for a in one.items("actions") if "url" in a
    )
    parts = [
        markdown(one.text("pretext")),
        author,
        f"**{title}**" if title else "",
        markdown(one.text("text")),
        blocks_text(one),
        _joined(map(_fact, one.items("fields")[:_MOST]), "\n"),
        _joined(buttons, " · "),
    ]
    said = _joined(parts, "\n") or markdown(one.text("fallback"))
    picture = link("", one.text("image_url")) if one.text("image_url") else ""
    return _joined([said, picture, plain(one.text("footer"))], "\n")


def _fact(field: Payload) -> str:
    title, value = plain(field.text("title")), markdown(_value(field))
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
    return _joined((_joined(map(_cell, line), " · ") for line in cells), "\n")


def _cell(cell: Payload) -> str:
    rich = _joined((_rich(part, _DEEPEST) for part in cell.items("elements")), " ")
    return rich or plain(cell.text("text"))


def _joined(parts: Iterable[str], between: str = "\n\n") -> str:
    return between.join(part for part in (one.strip() for one in parts) if part)
