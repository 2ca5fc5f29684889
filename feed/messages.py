"""The contents that people's forms become: what any Matrix client shows whole, and mentions nobody.

A post with a picture or file is one event: the file with the text as its caption (Client-Server
API, "Media captions"), so that no client can show one without the other.
"""

from dataclasses import dataclass
from html import escape
from typing import Any

from appservice.ids import EventId
from appservice.payload import Payload

_HTML = "org.matrix.custom.html"
_OURS = "org.parvis.post"
_SHOWN = {"image", "video", "audio"}
_OF_MEDIA = ("msgtype", "url", "file", "info", "filename")


@dataclass(frozen=True)
class Written:
    """What a form says. *text* is Markdown, which is kept for edits beside its HTML."""

    text: str
    language: str
    title: str = ""
    labels: tuple[str, ...] = ()
    description: str = ""
    """What a picture shows, for those who do not see it."""


@dataclass(frozen=True)
class Attachment:
    """A file at the homeserver; *uri* is its mxc URI, *pixels* a picture's width and height."""

    uri: str
    name: str
    mimetype: str
    size: int
    pixels: tuple[int, int] | None = None


def post_content(
    written: Written, html: str, attachment: Attachment | None = None
) -> dict[str, Any]:
    """Return a post; *html* is the safe form of its text."""
    content = _said(written, html)
    content[_OURS]["type"] = "article"
    return _with_file(content, attachment, written) if attachment else content


def comment_content(
    written: Written,
    html: str,
    *,
    root: EventId,
    answered: EventId,
    attachment: Attachment | None = None,
) -> dict[str, Any]:
    """Return a comment in the thread of *root*; *answered* is its newest message, for old clients."""
    content = _said(written, html)
    return {
        **(_with_file(content, attachment, written) if attachment else content),
        "m.relates_to": {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": answered},
        },
    }


def edit_content(target: EventId, written: Written, html: str, standing: Payload) -> dict[str, Any]:
    """Return the edit that makes *target*, which says *standing*, say what was written.

    Its file stays, and so does what a form has no field for.
    """
    new = _said(written, html)
    asked = {"title", "labels", "lang", "description", "source"}
    rest = {key: value for key, value in standing.at(_OURS).fields.items() if key not in asked}
    new[_OURS] |= rest
    if standing.text("url") or standing.at("file"):
        media = {key: standing.fields[key] for key in _OF_MEDIA if key in standing}
        media.setdefault("filename", standing.text("body"))
        new = _captioned({**new, **media}, written)
    return {
        **new,
        "body": "* " + new["body"],
        **({"formatted_body": "* " + new["formatted_body"]} if "formatted_body" in new else {}),
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": target},
    }


def reaction_content(target: EventId, key: str) -> dict[str, Any]:
    """Return a reaction."""
    relation = {"rel_type": "m.annotation", "event_id": target, "key": key}
    return {"m.relates_to": relation}


def _said(written: Written, html: str) -> dict[str, Any]:
    title = written.title
    heading = f"<h3>{escape(title, quote=False)}</h3>" if title else ""
    ours = {
        "title": title,
        "labels": list(written.labels),
        "lang": written.language,
    }
    return {
        "msgtype": "m.text",
        "body": "\n\n".join(part for part in (title, written.text) if part),
        "format": _HTML,
        "formatted_body": heading + html,
        "m.mentions": {},
        _OURS: {**{key: value for key, value in ours.items() if value}, "source": written.text},
    }


def _with_file(content: dict[str, Any], attachment: Attachment, written: Written) -> dict[str, Any]:
    family = attachment.mimetype.partition("/")[0]
    facts: dict[str, Any] = {"mimetype": attachment.mimetype, "size": attachment.size}
    if attachment.pixels:
        facts["w"], facts["h"] = attachment.pixels
    return _captioned(
        {
            **content,
            "msgtype": f"m.{family}" if family in _SHOWN else "m.file",
            "url": attachment.uri,
            "filename": attachment.name,
            "info": facts,
        },
        written,
    )


def _captioned(content: dict[str, Any], written: Written) -> dict[str, Any]:
    """Return *content* with what is said of its file; its name where nothing else is said."""
    if written.description:
        content[_OURS]["description"] = written.description
    if content["body"]:
        return content
    formatted = {"format", "formatted_body"}
    unsaid = {key: value for key, value in content.items() if key not in formatted}
    return {**unsaid, "body": content["filename"]}
