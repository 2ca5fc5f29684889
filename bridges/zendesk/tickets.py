"""The card of a ticket from an event's ``detail``, and who may learn of it.

Source: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/
"""

import re

from appservice.languages import N_
from appservice.payload import Payload
from bridges.instants import milliseconds
from bridges.markup import text_of
from bridges.prose import prose
from bridges.readings import Card, fields
from bridges.zendesk.words import CHANNELS, DELETION, named, state_of

FIELDS = (N_("Priority"), N_("Type"), N_("Assignee"), N_("Requester"), N_("Channel"))
_EXCERPT, _READ = 400, 8_000
_HEADING = re.compile(r"\A-{10,80}\s+[^\n]{1,200},[^\n]{0,60}\d:\d\d[^\n]{0,20}\n+")
_MARKUP = re.compile(r"\s*<(?:p|div|br|span|ul|ol|h\d)\b[^<>]{0,300}>", re.IGNORECASE)


def is_private(event: str, ticket: Payload, told: Payload) -> bool:
    """Tell whether a call is the agents' own: an internal note is written for them alone.

    That an answer is public must be said. Of what else is done to one (*told* is the event) no word is
    shown, so it is told unless the answer was the agents' own; what was made private was not.
    """
    if "is_public" in ticket and not ticket.flag("is_public"):
        return True
    if event == "comment_added":
        return not told.flag("comment", "is_public")
    parts = (told.at("comment"), told.at("attachment")) if event != "comment_made_private" else ()
    return any("is_public" in part and not part.flag("is_public") for part in parts)


def ticket_card(ticket: Payload, event: str) -> Card:
    """Return what an event says of its ticket: all of it, as it is then."""
    return Card(
        case=f"ticket/{ticket.word('id')}",
        noun=N_("Ticket"),
        number=f"#{ticket.word('id')}",
        title=ticket.text("subject") or None,
        state=state_of(ticket.text("status")),
        excerpt=begun(ticket.text("description")) if "description" in ticket else None,
        fields=fields(
            (FIELDS[0], named(ticket.text("priority")) if "priority" in ticket else None),
            (FIELDS[1], named(ticket.text("type")) if "type" in ticket else None),
            (FIELDS[4], _channel(ticket) if "via" in ticket else None),
        ),
        labels=_tags(ticket),
        updated=milliseconds(ticket.text("updated_at")),
        final=ticket.text("status").lower() == "closed",
        deleted=DELETION.get(event),
    )


def words_of(said: str) -> str:
    """Return the words of a comment or description, which is Markdown, HTML or neither.

    Some placeholders put its author and date above it; pictures in it have addresses that open them.
    """
    plain = _HEADING.sub("", said.replace("\r\n", "\n"), count=1)
    return text_of(plain) if _MARKUP.match(plain) else prose(plain)


def begun(description: str) -> str:
    """Return the beginning of a description."""
    return words_of(description[:_READ])[:_EXCERPT]


def _channel(ticket: Payload) -> str:
    """Return by which way a ticket came; one that is not known is named as Zendesk names it."""
    channel = ticket.text("via", "channel").lower()
    return CHANNELS.get(channel, channel.replace("_", " ").capitalize())


def _tags(ticket: Payload) -> tuple[str, ...] | None:
    """Return the tags, which come as a list or as one text."""
    if "tags" not in ticket:
        return None
    return ticket.texts("tags") or tuple(re.findall(r"[^\s,]+", ticket.text("tags")))
