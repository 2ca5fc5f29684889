"""Feeds: each new entry of an RSS, Atom or JSON feed is a post."""

from urllib.parse import urlsplit

from appservice.errors import PayloadRejected
from appservice.languages import N_
from bridges.auth import Uncalled
from bridges.base import App, Delivery, Event, Pull, Question, SetUpStep
from bridges.markup import beginning
from bridges.readings import Activity, Ignored, Reading
from bridges.rss.document import harvest
from bridges.rss.hookshot import TAKES_OVER

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, */*;q=0.1"
)
_BY, _PUBLISHED = N_("{actor} published this in {feed}"), N_("Published in {feed}")
_HEADLINE = 100


def _question(source: str, _cursor: str) -> Question:
    try:
        parts = urlsplit(source)
        named = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    except ValueError:
        named = False
    if not named:
        raise PayloadRejected("a feed’s address begins with https:// or http://")
    return Question(source, {"Accept": _ACCEPT})


def _read(delivery: Delivery) -> Reading | Ignored:
    body = delivery.body
    text, link, actor = body.text("text"), body.text("link"), body.text("author")
    title = body.text("title") or beginning(text.partition("\n")[0], _HEADLINE) or link
    if not title:
        return Ignored("empty entry")
    step = Activity(
        key=_delivery_id(delivery),
        verb=_BY if actor else _PUBLISHED,
        actor=actor,
        at=body.number("at") or None,
        values={"feed": body.text("feed")},
        text="\n".join(part for part in (text, *body.texts("files")) if part),
        url=link,
    )
    return Reading(event="entry", activities=(step,), title=title)


def _delivery_id(delivery: Delivery) -> str:
    return delivery.body.text("id") or delivery.body.text("link") or delivery.body.text("title")


APP = App(
    slug="rss",
    name="RSS",
    schemes=(Uncalled(),),
    events=(Event("entry", N_("A feed published an entry")),),
    read=_read,
    takes_over=TAKES_OVER,
    delivery_id=_delivery_id,
    every_call_counts=True,
    pull=Pull(_question, harvest, example="https://blog.example.org/feed.xml"),
    steps=(
        SetUpStep(N_("Copy the address of the feed: RSS, Atom or JSON Feed.")),
        SetUpStep(N_("Give it to Parvis as source; it is read every quarter of an hour.")),
    ),
    is_place=False,
)
