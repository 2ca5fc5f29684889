"""What the bot says about wishes, in the thread where they were made: once, with reason and remedy."""

from html import escape
from typing import Any

from appservice.ids import EventId, RoomId, UserId
from appservice.languages import N_, Phrases
from appservice.outbox_rows import Outgoing
from bridges.acting.tray import Kind, Wanted
from bridges.actions import Refusal
from bridges.cards import one_line

SENT_SIGN = "📨"
"""A reaction of the bot's: the source has it. ✅ is what people say with to each other."""

_FAILED = {
    Kind.COMMENT: N_("This did not become a comment in {app}."),
    Kind.EDIT: N_("The comment in {app} stays as it was."),
    Kind.DELETE: N_("The comment in {app} stays."),
    Kind.CLOSE: N_("{app} did not close it."),
    Kind.ASSIGN: N_("{app} did not assign it."),
    Kind.CREATE: N_("{app} did not create it."),
}
REMEDY = N_("Owners of the group look after the account on the connection’s page: {page}")


def success(wanted: Wanted) -> Outgoing | None:
    """Return the sign under the message that was carried out; None for a form, which is none."""
    if not _is_event(wanted.key) or wanted.kind is Kind.DELETE:
        return None
    relates = {"rel_type": "m.annotation", "event_id": wanted.key, "key": SENT_SIGN}
    return Outgoing(
        f"acted:{wanted.key}", wanted.room_id, {"m.relates_to": relates}, event_type="m.reaction"
    )


def failure(wanted: Wanted, refusal: Refusal, app: str, page: str, words: Phrases) -> Outgoing:
    """Return what says that it was not done, why, and what helps."""
    values = {name: one_line(value) for name, value in refusal.values.items()}
    lines = [words(_FAILED[wanted.kind], app=app), words(refusal.why, **values).strip()]
    lines.append(words(REMEDY, page=page))
    return notice(f"unacted:{wanted.key}", wanted, " ".join(lines))


def perhaps(wanted: Wanted, app: str, words: Phrases) -> Outgoing:
    """Return what says that nobody knows; sending it again by ourselves might do it twice."""
    text = N_("This was perhaps sent: {app} did not answer in time. Please look there first.")
    return notice(f"unacted:{wanted.key}", wanted, words(text, app=app))


def notice(key: str, wanted: Wanted, text: str) -> Outgoing:
    """Return a line to who asked, in their thread."""
    return said(key, wanted.room_id, wanted.root, EventId(wanted.key), wanted.sender, text)


def said(
    key: str, room_id: RoomId, root: EventId, about: EventId, user_id: UserId, text: str
) -> Outgoing:
    """Return a line to *user_id* about their message, in the thread of *root* if there is one."""
    content: dict[str, Any] = {
        "msgtype": "m.notice",
        "body": text,
        "format": "org.matrix.custom.html",
        "formatted_body": escape(text),
        "m.mentions": {"user_ids": [user_id]},
    }
    if root:
        content["m.relates_to"] = {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": False,
            "m.in_reply_to": {"event_id": about if _is_event(about) else root},
        }
    return Outgoing(key, room_id, content)


def _is_event(key: str) -> bool:
    return key.startswith("$")
