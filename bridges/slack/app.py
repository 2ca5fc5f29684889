"""Slack-compatible: whatever can post to a Slack incoming webhook can post here.

JSON, or a form whose field ``payload`` holds it; text, blocks and attachments; Slack's own answers.
Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import UrlSecret
from bridges.base import Answer, Answers, App, Delivery, Event, SetUpStep
from bridges.instants import milliseconds
from bridges.readings import Activity, Ignored, Reading
from bridges.slack.blocks import attachments_text, blocks_text, header
from bridges.slack.mrkdwn import bare, markdown, plain, web

_LONGEST_TITLE = 100
_MOST_ATTACHMENTS, _MOST_BLOCKS = 100, 50
_WROTE, _NEWS = N_("{actor} wrote"), N_("News")


def _read(delivery: Delivery) -> Reading | Ignored:
    body = delivery.body
    text = _said(body)
    if not text:
        return Ignored("nothing to read")
    actor = plain(body.text("username"))
    step = Activity(
        # Nothing tells a repetition from a second message of the same words.
        key="",
        verb=_WROTE if actor else _NEWS,
        actor=actor,
        at=_time(body),
        text=text,
        url=_address(body),
    )
    return Reading(event="message", activities=(step,), title=_title(body, text))


def _said(body: Payload) -> str:
    """Return the message. Where there are blocks, the text is only what a notification shows."""
    words = body.text("text")
    shown = blocks_text(body) or markdown(words, marks=body.fields.get("mrkdwn") is not False)
    return "\n\n".join(part for part in (shown.strip(), attachments_text(body)) if part)


def _title(body: Payload, text: str) -> str:
    attachments = body.items("attachments")
    candidates = [header(body), plain(body.text("text"))]
    for name in ("title", "pretext", "fallback", "text"):
        candidates += [plain(one.text(name)) for one in attachments[:1]]
    lines = [line for words in (*candidates, bare(text)) if (line := _first_line(words))]
    return (lines or ["…"])[0][:_LONGEST_TITLE]


def _first_line(words: str) -> str:
    return next((line.strip() for line in words.splitlines() if line.strip(" -`>#*")), "")


def _address(body: Payload) -> str:
    links = (one.text("title_link") for one in body.items("attachments"))
    return next((found for one in links if (found := web(one))), "")


def _time(body: Payload) -> int | None:
    times = (milliseconds(one.word("ts")) for one in body.items("attachments")[:1])
    return next(times, None)


def _objection(delivery: Delivery) -> Answer | None:
    """Return what Slack answers to a call that it would not take."""
    body = delivery.body
    blocks, attachments = body.fields.get("blocks"), body.fields.get("attachments")
    if isinstance(attachments, list) and len(attachments) > _MOST_ATTACHMENTS:
        return Answer(400, "too_many_attachments")
    if blocks and (not isinstance(blocks, list) or len(blocks) > _MOST_BLOCKS):
        return Answer(400, "invalid_blocks")
    if attachments and not isinstance(attachments, list):
        return Answer(400, "invalid_attachments")
    return None if blocks or attachments or body.text("text").strip() else Answer(400, "no_text")


APP = App(
    slug="slack",
    name="Slack-compatible",
    schemes=(UrlSecret(),),
    events=(Event("message", N_("A message was sent")),),
    read=_read,
    # Slack's clients send no id, and say the same words twice on purpose.
    delivery_id=lambda _delivery: "",
    every_call_counts=True,
    answers=Answers(
        removed=Answer(410, "channel_is_archived"), unreadable=Answer(400, "invalid_payload")
    ),
    objects=_objection,
    steps=(
        SetUpStep(N_("In the service, choose to notify Slack by an incoming webhook.")),
        SetUpStep(N_("Paste the address in place of Slack’s; it is the only secret.")),
    ),
    is_place=False,
)
