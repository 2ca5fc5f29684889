"""What apps that send families of events share in reading them."""

import re
from collections.abc import Iterable, Mapping

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Event
from bridges.prose import beginning, prose
from bridges.readings import Ignored, Importance

Verbs = Mapping[str, tuple[str, Importance]]
"""What is said of an action, by its name, and how far it is heard."""

SEVERITIES = frozenset(
    {
        *(N_("Critical"), N_("High"), N_("Medium"), N_("Moderate"), N_("Low")),
        *(N_("Error"), N_("Warning"), N_("Note")),
    }
)
"""How bad something is, in the words of GitHub and GitLab."""
_EXCERPT = 400
_READ = 8_000
"""Signs of a description in which its beginning is found: templates hide much before it."""
_MOST_NAMED = 10
_BY_DIGITS = (1e6, 1e15)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)


def declared(family: str, verbs: Verbs) -> tuple[Event, ...]:
    """Return the events of a family, each meaning what is said of it."""
    return tuple(Event(f"{family}.{action}", verb) for action, (verb, _) in verbs.items())


def unread(family: str, action: str) -> Ignored:
    """Return why nothing is said of an action."""
    return Ignored(f"{family}.{action or 'without action'}")


def joined(names: Iterable[str], most: int = _MOST_NAMED) -> str:
    """Return the first names as one text, and how many more there are."""
    known = [name for name in names if name]
    rest = [f"+ {len(known) - most}"] if len(known) > most else []
    return ", ".join(known[:most] + rest)


def measure(value: float) -> str:
    """Return a measure as people read it: six signs, but no power of ten where they read digits."""
    digits = _BY_DIGITS[0] <= abs(value) < _BY_DIGITS[1]
    return f"{value:.0f}" if digits else f"{value:.6g}"


def labels(subject: Payload, key: str) -> tuple[str, ...] | None:
    """Return the labels, which *key* names, or None if the object does not say which."""
    if not isinstance(subject.fields.get("labels"), list):
        return None
    named = (label.text(key) for label in subject.items("labels"))
    return tuple(name for name in (*named, *subject.texts("labels")) if name)


def excerpt(subject: Payload, key: str) -> str | None:
    """Return the beginning of a description, or None if the object has no place for one."""
    return subject.text(key).strip()[:_EXCERPT] if key in subject else None


def summary(subject: Payload, key: str) -> str | None:
    """Return the beginning of a description in Markdown, or None if the object has no place for one."""
    return beginning(prose(subject.text(key)[:_READ]), _EXCERPT) if key in subject else None


def version(ref: str) -> tuple[str, str]:
    """Return how people call what was deployed, and its branch or tag: where it is a bare commit, the
    beginning of its id, and none.
    """
    return (ref[:8], "") if _COMMIT.fullmatch(ref) else (ref, ref)
