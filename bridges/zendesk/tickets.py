"""The card of a ticket from an event's ``detail``, and who may learn of it.

Source: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Card, fields
from bridges.instants import milliseconds
from bridges.zendesk.words import DELETION, state_of


def is_private(event: str, ticket: Payload, comment: Payload) -> bool:
    """Tell whether a call is the agents' own: an internal note is written for them alone.

    That an answer is public must be said. What was public and is private now is told, not shown.
    """
    note = event == "comment_added" or bool(comment)
    hidden = note and event != "comment_made_private" and not comment.flag("is_public")
    return hidden or ("is_public" in ticket and not ticket.flag("is_public"))


def ticket_card(ticket: Payload, event: str) -> Card:
    """Return what an event says of its ticket: all of it, as it is then."""
    return Card(
        case=f"ticket/{ticket.word('id')}",
        noun=N_("Ticket"),
        number=ticket.word("id"),
        title=ticket.text("subject") or None,
        state=state_of(ticket.text("status")),
        excerpt=ticket.text("description")[:400] if "description" in ticket else None,
        fields=fields(
            (N_("Priority"), _said(ticket, "priority")),
            (N_("Type"), _said(ticket, "type")),
            (
                N_("Channel"),
                ticket.text("via", "channel").replace("_", " ") if "via" in ticket else None,
            ),
        ),
        labels=_tags(ticket),
        updated=milliseconds(ticket.text("updated_at")),
        final=ticket.text("status").lower() == "closed",
        deleted=DELETION.get(event),
    )


def _tags(ticket: Payload) -> tuple[str, ...] | None:
    """Return the tags, which come as a list or as one text."""
    if "tags" not in ticket:
        return None
    return ticket.texts("tags") or tuple(ticket.text("tags").split())


def _said(ticket: Payload, key: str) -> str | None:
    return ticket.text(key).capitalize() if key in ticket else None
