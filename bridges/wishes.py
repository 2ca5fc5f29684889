"""What another bridge's setting asks for in our words: pure values and the reading that apps share.

    room state of hookshot --app.takes_over--> Wish (options, and what is lost) | NoEqual(why)

A setting is an event that anybody with enough power in its room wrote, so nothing of it is believed.
Contract: https://matrix-org.github.io/matrix-hookshot/latest/usage/dynamic_rooms.html and the pages
about room configuration beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appservice.errors import CommandError
from appservice.languages import N_
from appservice.payload import Payload

PREFIX, OLD_PREFIX = "uk.half-shot.matrix-hookshot.", "uk.half-shot.matrix-github."
_MOST, _LONGEST = 50, 100
_GLOB_SIGNS = frozenset("*?,\n!")
_ALL = "all"
"""In a filter it takes the filter away."""


@dataclass(frozen=True)
class Loss:
    """One thing of a setting that has no equal: a msgid and what fills it."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """What a setting asks for: *subject* is what people call it; *options* are in the bot's words."""

    subject: str
    options: Mapping[str, str]
    losses: tuple[Loss, ...] = ()


class NoEqual(CommandError):
    """Nothing of ours is what a setting asks for."""


def setting(name: str) -> tuple[str, str]:
    """Return the types that the events of a setting have, the present one first."""
    return PREFIX + name, OLD_PREFIX + name


def events_of(
    state: Payload, means: Mapping[str, Sequence[str]], usual: Sequence[str]
) -> tuple[Mapping[str, str], tuple[Loss, ...]]:
    """Return the option for the events that *state* wants, and those that have no equal.

    *means*: our globs, by the name of an event there; *usual*: what is told if nothing is said.
    """
    wanted = _texts(state, "enableHooks")
    if "enableHooks" not in state:
        ignored = _texts(state, "ignoreHooks")
        wanted = tuple(name for name in usual if not _is_one_of(name, ignored))
    known = dict.fromkeys(glob for name in wanted for glob in means.get(name, ()))
    if not known:
        raise NoEqual(N_("it tells nothing there that is told here"))
    unknown = [name for name in wanted if not means.get(name)]
    losses = tuple(Loss(N_("no event here is {event}"), {"event": name}) for name in unknown)
    return {"only": ", ".join(known)}, losses


def labels_of(state: Payload) -> tuple[Mapping[str, str], tuple[Loss, ...]]:
    """Return the option for the labels that *state* wants, and those that cannot be said."""
    lists = (("", _texts(state, "includingLabels")), ("!", _texts(state, "excludingLabels")))
    every = [(sign, label.strip()) for sign, labels in lists for label in labels if label.strip()]
    said = [sign + label for sign, label in every if _can_be_said(label)]
    losses = tuple(
        Loss(N_("no filter can name the label {label}"), {"label": label})
        for _, label in every
        if not _can_be_said(label)
    )
    return ({"labels": ", ".join(said)} if said else {}), losses


def lost(state: Payload, whys: Mapping[str, str]) -> tuple[Loss, ...]:
    """Return what *state* sets among what has no equal; *whys* say so, by its name there."""
    return tuple(Loss(why) for name, why in whys.items() if state.fields.get(name))


def name_in(state: Payload, *path: str) -> str:
    """Return a name that may stand in a filter, or raise NoEqual."""
    name = state.text(*path).strip()
    if not name or len(name) > _LONGEST or not _can_be_said(name):
        raise NoEqual(N_("its setting `{name}` says nothing that is understood"), name=path[-1])
    return name


def _can_be_said(name: str) -> bool:
    """Tell whether a filter can mean *name* and nothing else."""
    return name.isprintable() and name.lower() != _ALL and not _GLOB_SIGNS & set(name)


def _texts(state: Payload, name: str) -> tuple[str, ...]:
    return tuple(text for text in state.texts(name)[:_MOST] if len(text) <= _LONGEST)


def _is_one_of(name: str, families: Sequence[str]) -> bool:
    return any(name == family or name.startswith(family + ".") for family in families)
