"""What the pages ask about people who are to come; the roof wires it to spaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from appservice.languages import Language
from feed.model import Viewer

PER_PAGE = 100


@dataclass(frozen=True)
class PersonLine:
    """One person of the directory; *why* is in the reader's words."""

    user_id: str
    name: str
    email: str
    reach: str
    """invited, signed-in or unreachable."""
    why: str
    until: int
    invitable: bool


@dataclass(frozen=True)
class PeoplePage:
    """A part of everybody. *counts* are of all who are found, by reach; the empty name counts all."""

    lines: Sequence[PersonLine]
    counts: Mapping[str, int]
    page: int
    pages: int
    mails: bool
    """Whether letters go out."""


@dataclass(frozen=True)
class Choice:
    """Whom a form is about: *chosen* accounts, or all of a *reach* who are found by *words*."""

    chosen: tuple[str, ...] = ()
    everybody: bool = False
    reach: str = ""
    words: str = ""


@dataclass(frozen=True)
class SheetView:
    """What is printed for one person, in their language."""

    name: str
    user_id: str
    code: str
    address: str
    until: str
    language: Language


@dataclass(frozen=True)
class NewcomerView:
    """Whom a code lets in."""

    user_id: str
    name: str


class NoEntry(Exception):
    """A code lets nobody in; why is nobody's business."""


class WeakPassword(Exception):
    """A password will not do; the code stays good."""


class Invitations(Protocol):
    """The inviter's desk and the newcomers' door."""

    @property
    def makes_accounts(self) -> bool:
        """Tell whether newcomers can be given a password here."""

    async def people(self, viewer: Viewer, *, reach: str, words: str, page: int) -> PeoplePage:
        """Return a page of the people of the directory."""

    async def mail(self, viewer: Viewer, choice: Choice, *, nonce: str) -> tuple[int, int]:
        """Have letters sent; return to how many, and how many have no address for one."""

    async def sheets(self, viewer: Viewer, choice: Choice, *, nonce: str) -> Sequence[SheetView]:
        """Return sheets; the same ones for the same *nonce*."""

    async def revoke(self, viewer: Viewer, choice: Choice) -> None:
        """Take codes back."""

    async def look(self, code: str) -> NewcomerView:
        """Return whom a code lets in, or raise NoEntry; it stays good."""

    async def lead(self, code: str) -> NewcomerView:
        """Use a code up for the organization's own sign-in, or raise NoEntry."""

    async def set_password(self, code: str, password: str) -> NewcomerView:
        """Give the code's person their password; raises NoEntry, WeakPassword, HomeserverError."""
