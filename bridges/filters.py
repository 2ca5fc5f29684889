"""What of a reading is told in its room, by the connection's options: pure."""

from collections.abc import Sequence
from dataclasses import replace

from msgspec import UNSET, structs

from bridges.base import App
from bridges.casebook import KnownCase
from bridges.cases import Case
from bridges.listed import labels_after
from bridges.options import COMMENTS, EXCERPT, LABELS, Options, asks_for, fits
from bridges.readings import Activity, Card, Importance, Reading, Secrecy, Sender

CONFIDENTIAL = "confidential"


def withheld(
    reading: Reading, app: App, options: Options, *, labels: Sequence[str] | None, shared: bool
) -> str:
    """Return why *reading* is not told, as one word that is counted; empty if it is.

    *labels* are those that the case is known to have, None if it was told and they may not be
    kept; *shared*: other servers read the room.
    """
    if why := _closed(reading, options, shared=shared) or _doubt(reading.sender, options):
        return why
    if not _tells_event(reading.event, app, options):
        return "event"
    if not options.bots and any(activity.by_bot for activity in reading.activities):
        return "bot"
    if not all(fits(activity.actor, options.actors) for activity in reading.activities):
        return "actor"
    # An issue has no branch, so a filter on branches says nothing of it.
    if reading.branch and not fits(reading.branch, options.branches):
        return "branch"
    if reading.project and not fits(reading.project, options.projects):
        return "project"
    return "" if _has_wanted_labels(reading.card, options.labels, labels) else "label"


def confidential_now(reading: Reading, known: KnownCase | None) -> Reading | None:
    """Return what may be told in a room of a *reading* that is withheld because its case became
    confidential: that alone, where the room has a card of it; else None.
    """
    card = reading.card
    if card is None or not card.confidential or known is None or known.muted or not known.shown:
        return None
    bare = Card(card.case, card.noun, confidential=True, updated=card.updated)
    return replace(reading, card=bare, activities=(), title="")


def says_who_may_read(reading: Reading) -> bool:
    """Tell whether a call says if its case is confidential; what does not leaves it as it is."""
    return reading.card is not None and reading.card.confidential is not None


def known_labels(case: Case | None, options: Options) -> Sequence[str] | None:
    """Return the labels that a case is known to have; None if they were looked at when it was told,
    and not kept because they may not be.
    """
    if case is None or case.labels or options.allows(LABELS):
        return case.labels if case else ()
    return None


def labels_now(known: Sequence[str] | None, card: Card | None) -> Sequence[str] | None:
    """Return the labels after *card*, for a case that had those that are *known*."""
    if card is None or (known is None and card.labels is None):
        return known
    return labels_after(known or (), card.parts) if card.labels is None else card.labels


def trimmed(reading: Reading, options: Options) -> Reading:
    """Return *reading* without what may not be shown or kept."""
    if options.fields is None:
        return reading
    activities = tuple(_trimmed_step(step, options) for step in reading.activities)
    card = _trimmed_card(reading.card, options) if reading.card else None
    return replace(reading, activities=activities, card=card)


def trimmed_case(case: Case, options: Options) -> Case:
    """Return what was kept before the options forbade it, without that."""
    if options.fields is None:
        return case
    return structs.replace(
        case,
        fields={name: dated for name, dated in case.fields.items() if options.allows(name)},
        excerpt=case.excerpt if options.allows(EXCERPT) else Case().excerpt,
        text=case.text if options.allows(EXCERPT) else Case().text,
        labels=case.labels if options.allows(LABELS) else (),
        parts={
            name: those
            for name, those in (case.parts or {}).items()
            if options.allows(name or LABELS)
        }
        or UNSET,
    )


def _closed(reading: Reading, options: Options, *, shared: bool) -> str:
    """Return why those who read in the room may not learn of it, or an empty text."""
    if reading.secrecy is Secrecy.CONFIDENTIAL and not options.confidential:
        return CONFIDENTIAL
    if reading.secrecy is Secrecy.INTERNAL and shared and not options.internal:
        return "internal"
    return ""


def _doubt(sender: Sender | None, options: Options) -> str:
    """Return why a sender is not heard: without a list of senders, only the organization's own are."""
    if sender is None:
        return ""
    globs = tuple(glob.lower() for glob in options.senders)
    wanted = fits(sender.address.lower(), globs) if globs else sender.inside
    if not wanted:
        return "sender"
    return "" if sender.proved else "unproved"


def _tells_event(name: str, app: App, options: Options) -> bool:
    declared = {event.name: event for event in app.events}
    if name in declared and not declared[name].default:
        return asks_for(name, options.events)
    return fits(name, options.events)


def _has_wanted_labels(
    card: Card | None, globs: tuple[str, ...], known: Sequence[str] | None
) -> bool:
    """A case has several labels: one that is wanted is enough, one that is not is too much.

    Where nothing is known of the labels of a case that was told, what says nothing of them is told.
    """
    labels = labels_now(known, card)
    if card is None or labels is None or not globs:
        return True
    refused = tuple(glob for glob in globs if glob.startswith("!"))
    wanted = tuple(glob for glob in globs if not glob.startswith("!"))
    return all(fits(label, refused) for label in labels) and (
        not wanted or any(fits(label, wanted) for label in labels)
    )


def _trimmed_card(card: Card, options: Options) -> Card:
    return replace(
        card,
        fields=tuple(field for field in card.fields if options.allows(field.name)),
        excerpt=card.excerpt if options.allows(EXCERPT) else None,
        text=card.text if options.allows(EXCERPT) else None,
        labels=card.labels if options.allows(LABELS) else None,
        parts=tuple(part for part in card.parts if options.allows(part.field or LABELS)),
    )


def _trimmed_step(step: Activity, options: Options) -> Activity:
    """What tells of a field is remembered by its key alone, so that it is not told later."""
    text = step.text if options.allows(COMMENTS) else ""
    if not step.field or options.allows(step.field):
        return replace(step, text=text)
    return replace(step, verb="", text="", values={}, importance=Importance.QUIET)
