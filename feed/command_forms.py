"""Forms made from the descriptions of commands, so that nobody needs the bot to steer a group."""

from dataclasses import dataclass
from typing import Protocol

from feed.contracts import ConnectionSheet
from feed.model import GroupView, Viewer


@dataclass(frozen=True)
class FieldView:
    """One field of a form; *label* and *choices* are in the reader's language."""

    name: str
    label: str
    value: str = ""
    required: bool = False
    long: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    """Value and word of each choice."""


@dataclass(frozen=True)
class FormView:
    """One command as a form; *command* names it when the form is sent."""

    command: str
    title: str
    fields: tuple[FieldView, ...]
    section: str = ""
    """The heading below which it stands, in the reader's language; empty: none."""
    action: str = ""
    """What its button says; empty: that it is done."""
    alters: bool = False
    """It shows what stands and changes that; a choice that is left alone changes nothing."""


@dataclass(frozen=True)
class FormAnswer:
    """What a form led to, in safe HTML."""

    html: str
    done: bool


@dataclass(frozen=True)
class DraftView:
    """A group that is still being thought of; all words are in the reader's language."""

    identifier: str
    name: str
    kind: str
    access: str
    author: str
    state: str
    own: bool
    """Whether the viewer drafted it; if not, they decide about it."""
    purpose: str
    answers: tuple[tuple[str, str], ...]
    """What the charter asks, and what was answered."""
    unanswered: tuple[tuple[str, str], ...] = ()
    """By field, what it asks without an answer yet; where it waits for somebody's word, nothing."""


class CommandForms(Protocol):
    """Offers and runs commands; the roof wires it to the bot's table."""

    async def of_group(self, viewer: Viewer, group: GroupView) -> tuple[FormView, ...]:
        """Return the forms that the viewer may use on a group, none for who is no owner."""

    async def of_connection(self, viewer: Viewer, sheet: ConnectionSheet) -> tuple[FormView, ...]:
        """Return the forms that are about one connection, whose sheet the viewer was given."""

    async def of_house(self, viewer: Viewer) -> tuple[FormView, ...]:
        """Return the forms that are about no single group."""

    async def drafts(self, viewer: Viewer) -> tuple[DraftView, ...]:
        """Return the drafts of groups that the viewer may see."""

    async def run(
        self,
        viewer: Viewer,
        command: str,
        given: dict[str, str],
        *,
        nonce: str,
        group: GroupView | None = None,
        connection: ConnectionSheet | None = None,
    ) -> FormAnswer | None:
        """Do what a form asks, or return None if the viewer is offered no such form."""
