"""Hello world: tasks of an invented service, as the smallest app that shows all there is to one.

Its calls: ``{"event", "id", "what", "who", "at", "note", "link"}``. Copy this folder and begin; the
README beside this file says how.
"""

from collections.abc import Mapping

from appservice.languages import N_
from bridges.auth import HmacHeader
from bridges.base import App, Delivery, Event, SetUpStep
from bridges.instants import milliseconds
from bridges.readings import Activity, Card, Ignored, Importance, Reading, State, StateClass, fields

_VERBS: Mapping[str, tuple[str, Importance]] = {
    "opened": (N_("{actor} opened this task"), Importance.NORMAL),
    "noted": (N_("{actor} commented"), Importance.NORMAL),
    "done": (N_("{actor} finished this task"), Importance.LOUD),
}
_STATES = {
    "opened": State(N_("Open"), StateClass.OPEN),
    "done": State(N_("Closed"), StateClass.DONE),
}


def _read(delivery: Delivery) -> Reading | Ignored:
    task = delivery.body
    event, identifier = task.text("event"), task.word("id")
    if event not in _VERBS or not identifier:
        return Ignored(event or "no event")
    when = milliseconds(task.word("at"))
    verb, importance = _VERBS[event]
    step = Activity(
        key=f"{event}:{task.word('at')}",
        verb=verb,
        actor=task.text("who") or "Hello",
        at=when,
        text=task.text("note"),
        url=task.text("link"),
        importance=importance,
    )
    card = Card(
        case=f"task/{identifier}",
        noun=N_("Task"),
        number=f"#{identifier}",
        # None, where a call does not say it: what was known stays.
        title=task.text("what") or None,
        url=task.text("link") or None,
        state=_STATES.get(event),
        fields=fields((N_("Author"), task.text("who") if event == "opened" else None)),
        updated=when,
    )
    return Reading(event=event, card=card, activities=(step,))


APP = App(
    slug="helloworld",
    name="Hello world",
    schemes=(HmacHeader("X-Hello-Signature", prefix="sha256="),),
    events=tuple(Event(name, verb) for name, (verb, _) in _VERBS.items()),
    read=_read,
    delivery_id=lambda delivery: delivery.header("x-hello-id"),
    headers=("x-hello-id",),
    fields=(N_("Author"),),
    steps=(SetUpStep(N_("In the service, paste the address and the secret.")),),
    sample=True,
)
