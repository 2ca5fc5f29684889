"""Inviting, as the pages ask for it (feed.inviting.Invitations)."""

from collections import Counter
from collections.abc import Sequence

from appservice.ids import UserId
from appservice.languages import phrases
from feed.inviting import (
    PER_PAGE,
    Choice,
    NewcomerView,
    NoEntry,
    PeoplePage,
    PersonLine,
    SheetView,
    WeakPassword,
)
from feed.model import Viewer
from spaces.commands.inviting_replies import why_told
from spaces.folding import folded
from spaces.inviting import door
from spaces.inviting.desk import may_be_invited
from spaces.inviting.house import Inviting
from spaces.inviting.reach import Reached


class InvitingPages:
    """Answers the pages; that only admins come to the desk, they see to."""

    def __init__(self, inviting: Inviting) -> None:
        self._desk = inviting.desk
        self._door = inviting.door

    @property
    def makes_accounts(self) -> bool:
        """Tell whether newcomers can be given a password here."""
        return self._door.makes_accounts

    async def people(self, viewer: Viewer, *, reach: str, words: str, page: int) -> PeoplePage:
        """Return a page of those of a *reach* whose name, account or address holds *words*."""
        found = _found(await self._desk.standing(), words)
        counts = Counter(one.reach.value for one in found)
        wanted = [one for one in found if reach in {"", one.reach.value}]
        pages = max(1, -(-len(wanted) // PER_PAGE))
        number = min(max(1, page), pages)
        part = wanted[(number - 1) * PER_PAGE : number * PER_PAGE]
        return PeoplePage(
            lines=[_line(one, viewer) for one in part],
            counts={"": len(found), **counts},
            page=number,
            pages=pages,
            mails=self._desk.mails,
        )

    async def mail(self, viewer: Viewer, choice: Choice, *, nonce: str) -> tuple[int, int]:
        """Have letters sent, where letters go out at all."""
        if not self._desk.mails:
            return 0, 0
        who = await self._chosen(choice)
        invited = await self._desk.mail(who, by=UserId(viewer.user_id), nonce=nonce)
        return len(invited.mailed), len(invited.without_address)

    async def sheets(self, viewer: Viewer, choice: Choice, *, nonce: str) -> Sequence[SheetView]:
        """Return sheets, in the viewer's language where the directory tells none."""
        sheets = await self._desk.sheets(
            await self._chosen(choice),
            by=UserId(viewer.user_id),
            nonce=nonce,
            language=viewer.language,
        )
        return [
            SheetView(
                name=sheet.person.name or sheet.person.user_id,
                user_id=sheet.person.user_id,
                code=sheet.code,
                address=sheet.address,
                until=sheet.until,
                language=sheet.language,
            )
            for sheet in sheets
        ]

    async def revoke(self, _viewer: Viewer, choice: Choice) -> None:
        """Take codes back."""
        await self._desk.revoke(await self._chosen(choice))

    async def look(self, code: str) -> NewcomerView:
        """Return whom a code lets in."""
        try:
            return _newcomer(await self._door.look(code))
        except door.NoSuchCode as error:
            raise NoEntry from error

    async def lead(self, code: str) -> NewcomerView:
        """Use a code up for the organization's own sign-in."""
        try:
            return _newcomer(await self._door.lead(code))
        except door.NoSuchCode as error:
            raise NoEntry from error

    async def set_password(self, code: str, password: str) -> NewcomerView:
        """Give the code's person their password."""
        try:
            return _newcomer(await self._door.set_password(code, password))
        except door.NoSuchCode as error:
            raise NoEntry from error
        except door.WeakPassword as error:
            raise WeakPassword from error

    async def _chosen(self, choice: Choice) -> list[UserId]:
        if not choice.everybody:
            return [UserId(user_id) for user_id in choice.chosen]
        found = _found(await self._desk.standing(), choice.words)
        return [one.person.user_id for one in found if choice.reach in {"", one.reach.value}]


def _found(standing: Sequence[Reached], words: str) -> list[Reached]:
    wanted = folded(words)
    return [
        one
        for one in standing
        if wanted in folded(f"{one.person.name} {one.person.user_id} {one.person.email}")
    ]


def _line(one: Reached, viewer: Viewer) -> PersonLine:
    return PersonLine(
        user_id=one.person.user_id,
        name=one.person.name or one.person.user_id,
        email=one.person.email,
        reach=one.reach.value,
        why=why_told(one.why, phrases(viewer.language)),
        until=one.until,
        invitable=may_be_invited(one),
    )


def _newcomer(newcomer: door.Newcomer) -> NewcomerView:
    return NewcomerView(newcomer.user_id, newcomer.name or newcomer.user_id)
