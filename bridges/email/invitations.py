"""What is told of a letter about a meeting."""

from dataclasses import replace

from appservice.languages import N_
from bridges.email.calendar import Meeting, Method
from bridges.email.letters import Letter
from bridges.email.posts import EXCERPT, FILES, FROM, named, short, title
from bridges.readings import Activity, Card, Importance, Reading, Sender, State, StateClass, fields

EVENT = "letter.invited"
WHEN, WHERE = N_("When"), N_("Where")
_ANSWERED, _CHANGED = N_("{actor} answered"), N_("{actor} changed the meeting")
_VERBS = {
    Method.REQUEST: N_("{actor} sent an invitation"),
    Method.CANCEL: N_("{actor} called the meeting off"),
    Method.COUNTER: N_("{actor} proposes another time"),
}
_ANSWERS = {
    "ACCEPTED": N_("{actor} accepts the invitation"),
    "DECLINED": N_("{actor} declines the invitation"),
    "TENTATIVE": N_("{actor} accepts the invitation for now"),
}
_STATES = {
    Method.REQUEST: State(N_("Planned"), StateClass.OPEN),
    Method.CANCEL: State(N_("Cancelled"), StateClass.DONE),
}


def invited(letter: Letter, meeting: Meeting, step: Activity, sender: Sender) -> Reading:
    """Return a meeting: its invitation, what changes it, and who comes are one case."""
    tells = meeting.method in _STATES
    text = step.text or meeting.text
    card = Card(
        case=short(meeting.uid),
        noun=N_("Meeting"),
        title=meeting.title[:200] or title(letter, text),
        state=_STATES.get(meeting.method),
        excerpt=text[:EXCERPT] if tells else None,
        text=text if tells else None,
        fields=fields(
            (FROM, step.actor if tells else None),
            (WHEN, meeting.when or None),
            (WHERE, meeting.where or None),
            (FILES, (named(letter.files) or None) if tells else None),
        ),
        updated=step.at if tells else 0,
    )
    first = meeting.method is Method.REQUEST and not meeting.again
    proposed = meeting.when if meeting.method is Method.COUNTER else ""
    told = replace(
        step,
        verb=_verb(meeting),
        values={},
        text=step.text or proposed,
        importance=Importance.QUIET if first else Importance.NORMAL,
    )
    return Reading(event=EVENT, card=card, activities=(told,), sender=sender)


def _verb(meeting: Meeting) -> str:
    if meeting.method is Method.REPLY:
        return _ANSWERS.get(meeting.answer, _ANSWERED)
    changes = meeting.method is Method.REQUEST and meeting.again
    return _CHANGED if changes else _VERBS[meeting.method]
