"""Slack's rich text as Markdown: of its styles those that are shown.

Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block/
"""

from appservice.payload import Payload
from bridges.emoji import with_signs
from bridges.slack.mrkdwn import link

_DEEPEST, _MOST_INDENTED = 6, 8
_STYLES = (("code", "`"), ("bold", "**"))
_NAMES = {"user": "user_id", "channel": "channel_id", "usergroup": "usergroup_id"}


def rich(part: Payload, depth: int = _DEEPEST) -> str:
    """Return a piece of rich text: a section, a list, a quotation, code, or a leaf."""
    kind, inner = part.text("type"), part.items("elements")
    said = [rich(one, depth - 1) for one in inner] if depth else []
    if kind == "rich_text":
        return "\n".join(one for each in said if (one := each.strip("\n")))
    if kind == "rich_text_list":
        return "\n".join(_listed(part, said))
    if kind == "rich_text_quote":
        return "\n".join(f"> {line}" for line in "".join(said).splitlines())
    if kind == "rich_text_preformatted":
        return f"```\n{''.join(said)}\n```"
    return "".join(said) if inner else _leaf(part)


def _listed(part: Payload, said: list[str]) -> list[str]:
    ordered, first = part.text("style") == "ordered", (part.number("offset") or 0) + 1
    indent = "  " * min(max(part.number("indent") or 0, 0), _MOST_INDENTED)
    return [
        f"{indent}{f'{number}.' if ordered else '-'} {one}"
        for number, one in enumerate(said, first)
    ]


def _leaf(part: Payload) -> str:
    kind, text = part.text("type"), part.text("text")
    if kind == "link":
        return link(text, part.text("url"))
    if kind in _NAMES:
        return ("#" if kind == "channel" else "@") + part.text(_NAMES[kind])
    if kind == "emoji":
        return _emoji(part)
    if kind == "broadcast":
        return "@" + part.text("range")
    for style, mark in _STYLES:
        if part.flag("style", style) and (words := text.strip()):
            # Markdown knows no mark beside a space.
            text = text.replace(words, f"{mark}{words}{mark}", 1)
    return text or part.text("fallback") or part.text("value")


def _emoji(part: Payload) -> str:
    named = f":{part.text('name')}:"
    sign = with_signs(named)
    if sign != named:
        return sign
    try:
        signs = "".join(chr(int(one, 16)) for one in part.text("unicode")[:60].split("-") if one)
    except (ValueError, OverflowError):
        return named
    return signs if signs.isprintable() and signs else named
