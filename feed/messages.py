"""The contents that people's forms become: what any Matrix client shows whole, and mentions nobody."""

from html import escape
from typing import Any

from appservice.ids import EventId
from appservice.languages import Language

_HTML = "org.matrix.custom.html"


def post_content(
    title: str, text: str, html: str, *, labels: tuple[str, ...], language: Language
) -> dict[str, Any]:
    """Return a post; *html* is the safe form of *text*, whose Markdown is kept for edits."""
    marked = {"title": title, "labels": list(labels), "type": "article", "lang": language.value}
    heading = f"<h3>{escape(title, quote=False)}</h3>" if title else ""
    return {
        "msgtype": "m.text",
        "body": "\n\n".join(part for part in (title, text) if part),
        "format": _HTML,
        "formatted_body": heading + html,
        "m.mentions": {},
        "org.parvis.post": {
            **{key: value for key, value in marked.items() if value},
            "source": text,
        },
    }


def comment_content(
    text: str, html: str, *, root: EventId, answered: EventId, language: Language
) -> dict[str, Any]:
    """Return a comment in the thread of *root*; *answered* is its newest message, for old clients."""
    return {
        **_plain(text, html, language),
        "m.relates_to": {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": answered},
        },
    }


def plain_content(text: str, html: str, *, language: Language) -> dict[str, Any]:
    """Return what a comment says, without its place, for an edit."""
    return _plain(text, html, language)


def edit_content(target: EventId, content: dict[str, Any]) -> dict[str, Any]:
    """Return the edit that makes *target* look like *content*."""
    return {
        **content,
        "body": "* " + content["body"],
        "formatted_body": "* " + content["formatted_body"],
        "m.new_content": content,
        "m.relates_to": {"rel_type": "m.replace", "event_id": target},
    }


def reaction_content(target: EventId, key: str) -> dict[str, Any]:
    """Return a reaction."""
    relation = {"rel_type": "m.annotation", "event_id": target, "key": key}
    return {"m.relates_to": relation}


def _plain(text: str, html: str, language: Language) -> dict[str, Any]:
    return {
        "msgtype": "m.text",
        "body": text,
        "format": _HTML,
        "formatted_body": html,
        "m.mentions": {},
        "org.parvis.post": {"lang": language.value, "source": text},
    }
