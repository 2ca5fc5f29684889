"""What is said of Zendesk's events, and what its states amount to."""

from collections.abc import Mapping

from appservice.languages import N_
from bridges.readings import Importance, State, StateClass
from bridges.states import class_of

_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD
VERBS: Mapping[str, tuple[str, Importance]] = {
    "created": (N_("A ticket was opened"), _LOUD),
    "status_changed": (N_("The ticket went from {before} to {after}"), _NORMAL),
    "comment_added": (N_("{actor} answered"), _NORMAL),
    "comment_made_private": (N_("An answer was made private: take it out here too"), _NORMAL),
    "comment_redacted": (N_("An answer was redacted: take it out here too"), _NORMAL),
    "attachment_linked_to_comment": (N_("A file was attached"), _QUIET),
    "attachment_redacted_from_comment": (N_("A file was taken out"), _QUIET),
    "agent_assignment_changed": (N_("The ticket was assigned"), _QUIET),
    "group_assignment_changed": (N_("The ticket went to another team"), _QUIET),
    "priority_changed": (N_("The priority went from {before} to {after}"), _NORMAL),
    "type_changed": (N_("The type went from {before} to {after}"), _QUIET),
    "subject_changed": (N_("The subject changed"), _QUIET),
    "description_changed": (N_("The description changed"), _QUIET),
    "tags_changed": (N_("The tags changed"), _QUIET),
    "task_due_at_changed": (N_("The due date changed"), _QUIET),
    "requester_changed": (N_("The requester changed"), _QUIET),
    "merged": (N_("The ticket was merged into ticket #{target}"), _LOUD),
    "marked_as_spam": (N_("The ticket was marked as spam"), _NORMAL),
    "soft_deleted": (N_("The ticket was deleted"), _NORMAL),
    "permanently_deleted": (N_("The ticket was deleted for good"), _QUIET),
    "undeleted": (N_("The ticket was brought back"), _NORMAL),
    "changed": (N_("The ticket was changed"), _QUIET),
}
"""``changed`` is whatever else Zendesk tells of: the card shows the ticket as it is then."""
_NOW: Mapping[tuple[str, str], str] = {
    ("status_changed", "new"): N_("The ticket is new"),
    ("status_changed", "open"): N_("The ticket is open"),
    ("status_changed", "pending"): N_("The ticket waits for the requester"),
    ("status_changed", "hold"): N_("The ticket is on hold"),
    ("status_changed", "solved"): N_("The ticket is solved"),
    ("status_changed", "closed"): N_("The ticket is closed"),
    ("priority_changed", "low"): N_("The priority is now low"),
    ("priority_changed", "normal"): N_("The priority is now normal"),
    ("priority_changed", "high"): N_("The priority is now high"),
    ("priority_changed", "urgent"): N_("The priority is now urgent"),
}
"""What is said of Zendesk's own words, which are to be read in either language."""
UNSAID: Mapping[str, Mapping[str, str]] = {
    "comment_added": {"author": N_("An answer was written")},
    "merged": {"target": N_("The ticket was merged into another")},
    "priority_changed": {
        "after": N_("The ticket has no priority any more"),
        "before": N_("The priority is now {after}"),
    },
    "type_changed": {
        "after": N_("The ticket has no type any more"),
        "before": N_("The type is now {after}"),
    },
    "status_changed": {
        "after": N_("The state of the ticket changed"),
        "before": N_("The ticket is now: {after}"),
    },
}
"""What is said instead where an event does not say who or what its verb names."""
DELETION = {
    "marked_as_spam": True,
    "soft_deleted": True,
    "permanently_deleted": True,
    "undeleted": False,
}
_STATES: Mapping[str, State] = {
    "new": State(N_("New"), StateClass.OPEN),
    "open": State(N_("Open"), StateClass.PROGRESS),
    "pending": State(N_("Pending"), StateClass.BLOCKED),
    "hold": State(N_("On hold"), StateClass.BLOCKED),
    "solved": State(N_("Solved"), StateClass.DONE),
    "closed": State(N_("Closed"), StateClass.DONE),
    "deleted": State(N_("Deleted"), StateClass.DONE),
}
_OTHERS = {
    "new": "nouveau, neu, nuevo, novo, nuovo, nieuw",
    "open": "ouvert, offen, abierto, aberto, aperto",
    "pending": "en attente, wartend, ausstehend, pendiente, pendente, in attesa, in behandeling",
    "hold": "en pause, on-hold, angehalten, en espera, em espera, in sospeso, in de wacht",
    "solved": "résolu, gelöst, resuelto, resolvido, risolto, opgelost",
    "closed": "clos, geschlossen, cerrado, fechado, chiuso, gesloten",
    "deleted": "supprimé, gelöscht, eliminado, excluído, eliminato, verwijderd",
    "low": "basse, faible, niedrig, baja, baixa, bassa, laag",
    "normal": "normale, normaal",
    "high": "haute, élevée, hoch, alta, hoog",
    "urgent": "urgente, dringend",
    "problem": "problème, problema, probleem",
    "task": "tâche, aufgabe, tarea, tarefa, attività, taak",
    "question": "frage, pregunta, pergunta, domanda, vraag",
    "incident": "vorfall, incidente",
}
"""Triggers name what is Zendesk's own in the account's language."""
_PLAIN = {other: plain for plain, all_ in _OTHERS.items() for other in all_.split(", ")}
_NAMED: Mapping[str, str] = {
    "low": N_("Low"),
    "normal": N_("Normal"),
    "high": N_("High"),
    "urgent": N_("Urgent"),
    "question": N_("Question"),
    "incident": N_("Incident"),
    "problem": N_("Problem"),
    "task": N_("Task"),
}
_BY_MESSAGE, _BY_FORM, _BY_PHONE = N_("Messaging"), N_("Web form"), N_("Phone")
CHANNELS: Mapping[str, str] = {
    "email": N_("E-mail"),
    "web": _BY_FORM,
    "web_form": _BY_FORM,
    "web_service": "API",
    "api": "API",
    "chat": N_("Chat"),
    "native_messaging": _BY_MESSAGE,
    "messaging": _BY_MESSAGE,
    "voice": _BY_PHONE,
    "phone": _BY_PHONE,
    "mobile_sdk": N_("Mobile app"),
    "whatsapp": "WhatsApp",
}
"""By which way a ticket came, as people call it."""
OURS = frozenset({*_NAMED.values(), *CHANNELS.values()} - {"API", "WhatsApp"})
"""Values that are said in the reader's language."""


def named(word: str) -> str:
    """Return a priority or type, as it is called in English; a word of somebody else's as it stands."""
    plain = word.lower()
    return _NAMED.get(_PLAIN.get(plain, plain), word.capitalize())


def become(event: str, word: str) -> str:
    """Return what is said where a state or priority is now *word*, or an empty text."""
    plain = word.lower()
    return _NOW.get((event, _PLAIN.get(plain, plain)), "")


def state_of(status: str) -> State | None:
    """Return the state. A word of the organization's own, or in its language, is read as people
    mean it; what means nothing known is in progress.
    """
    if not status:
        return None
    kind = class_of(status)
    own = State(status.capitalize(), StateClass.PROGRESS if kind is StateClass.OPEN else kind)
    plain = status.lower()
    return _STATES.get(_PLAIN.get(plain, plain), own)
