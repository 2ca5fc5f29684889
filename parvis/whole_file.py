"""Groups and their connections as one file: spaces read and make the former, bridges the latter."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from appservice.errors import CommandError
from appservice.languages import N_, Phrases
from bridges.acting.declared import AccountChange, DeclaredAccount, DeclaredAccounts
from bridges.auth import LetterAddress, Uncalled
from bridges.base import App
from bridges.connection import Connection, ConnectionState
from bridges.declaring import (
    Change,
    Declared,
    Declaring,
    Misdeclared,
    matching,
    name_of,
    options_to_write,
)
from bridges.house import Bridges
from bridges.option_words import EVENTS, LISTS, NO, SWITCHES, YES
from parvis.addresses import address_of
from parvis.given_secrets import Given, place_of
from spaces.applying import Change as GroupChange
from spaces.groupfile import GroupFile
from spaces.model import Group
from spaces.sheet import (
    AccountSheet,
    ConnectionSheet,
    Fault,
    GroupSheet,
    OptionValue,
    Sheet,
    Unreadable,
    read_sheet,
)

_LISTED = frozenset({*LISTS, "only", "except", "fields", "writers", "quiet", *EVENTS})


@dataclass(frozen=True)
class Feeding:
    """A change of one connection, or of the account that acts for it; *slug* is its group's in the file."""

    slug: str
    group: str
    change: Change
    account: AccountChange | None = None

    @property
    def needed(self) -> bool:
        """Tell whether anything is to be done."""
        return self.change.needed or (self.account is not None and not self.account.wants_token)

    def told(self, words: Phrases) -> Iterator[str]:
        """Walk the differences in words."""
        if self.change.needed:
            yield self.change.told(self.group, words)
        if self.account and not self.account.wants_token:
            yield self.account.told(self.change.declared.name, self.group, words)


@dataclass(frozen=True)
class Plan:
    """All that a file changes, and the connections of its groups that it says nothing of."""

    sheet: Sheet
    groups: Sequence[GroupChange]
    feeding: Sequence[Feeding]
    wanting: Sequence[Feeding]
    """Connections whose account lacks its token."""
    alone: Sequence[tuple[str, Connection]]

    def told(self, words: Phrases) -> Iterator[str]:
        """Walk the differences in words."""
        if not self.groups and not self.feeding:
            yield words(N_("All groups are already as the file declares them."))
        yield from (change.told(words) for change in self.groups)
        for one in self.feeding:
            yield from one.told(words)

    def tokens_wanted(self, words: Phrases) -> Iterator[str]:
        """Walk in words the accounts that lack their tokens."""
        for one in self.wanting:
            if one.account:
                yield one.account.told(one.change.declared.name, one.group, words)

    def left_alone(self, words: Phrases) -> Iterator[str]:
        """Walk in words what is not touched."""
        text = N_("connection “{name}” of “{group}” is not in the file and stays as it is")
        for group, connection in self.alone:
            yield words(text, name=name_of(connection), group=group)


class WholeFile:
    """Plans, carries out and writes such files."""

    def __init__(
        self,
        *,
        groups: GroupFile,
        declaring: Declaring,
        accounts: DeclaredAccounts,
        bridges: Bridges,
        urls: tuple[str, str],
    ) -> None:
        """*urls* are those of the pages and of the hooks."""
        self._groups = groups
        self._accounts = accounts
        self._declaring = declaring
        self._bridges = bridges
        self._pages_url, self._hooks_url = (url.rstrip("/") for url in urls)

    async def plan(self, given: Given) -> Plan:
        """Return what the file changes, or raise Unreadable with every fault."""
        sheet = read_sheet(given.sheet)
        faults: list[Fault] = []
        groups: Sequence[GroupChange] = ()
        try:
            groups = await self._groups.changes_of(sheet)
        except Unreadable as error:
            faults += error.faults
        standing = await self._groups.standing(sheet)
        every: list[Feeding] = []
        alone: list[tuple[str, Connection]] = []
        for number, one in enumerate(sheet.groups):
            group = standing.get(one.slug)
            here = await self._declaring.standing(group.posts_id) if group else ()
            for place, connection in enumerate(one.connections or ()):
                try:
                    every.append(await self._feeding(one, _declared(one, place, given), here))
                except Misdeclared as error:
                    faults.append(_fault(sheet, number, place, connection, error))
            alone += [(one.name, left) for left in _left(one, here)]
        if faults:
            raise Unreadable(faults)
        feeding = [one for one in every if one.needed]
        wanting = [one for one in every if one.account and one.account.wants_token]
        return Plan(sheet, groups, feeding, wanting, alone)

    async def _feeding(
        self, group: GroupSheet, declared: Declared, here: Sequence[Connection]
    ) -> Feeding:
        """Return what *declared* changes, or raise Misdeclared."""
        change = self._declaring.change(declared, here)
        await self._declaring.examine(change)
        if declared.account is None:
            return Feeding(group.slug, group.name, change)
        try:
            account = await self._accounts.change(declared.account, change.app, change.before)
        except CommandError as error:
            raise Misdeclared("account", error) from error
        return Feeding(group.slug, group.name, change, account)

    async def carry_out(
        self, plan: Plan, progress: Callable[[int, int], None], words: Phrases
    ) -> None:
        """Make *plan* true; what is done already is not done again."""
        if plan.groups:
            await self._groups.carry_out(plan.groups, progress)
        standing = await self._groups.standing(plan.sheet)
        for one in plan.feeding:
            room_id = standing[one.slug].posts_id
            connection = await self._declaring.carry_out(one.change.declared, room_id)
            if one.account:
                await self._accounts.carry_out(one.account, connection, words)

    async def pages(self, plan: Plan, words: Phrases) -> Sequence[str]:
        """Return in words where what is new of a connection waits for its owners."""
        text = N_(
            "“{name}” ({group}): the steps for its app, and what is not shown here, stand on {page}"
        )
        standing = await self._groups.standing(plan.sheet)
        said = []
        for one in plan.feeding:
            before = one.change.before
            if one.change.scheme == Uncalled.slug or (
                before and before.scheme == one.change.scheme
            ):
                continue
            here = await self._declaring.standing(standing[one.slug].posts_id)
            if made := matching(one.change.declared, here):
                page = f"{self._pages_url}/connections/{made.page}"
                said.append(words(text, name=one.change.declared.name, group=one.group, page=page))
        return said

    async def secrets(self, given: Given, words: Phrases) -> Sequence[str]:
        """Return, once, the addresses and the secrets that were made on the file's word."""
        sheet = read_sheet(given.sheet)
        standing, said = await self._groups.standing(sheet), []
        for one in sheet.groups:
            group = standing.get(one.slug)
            here = await self._declaring.standing(group.posts_id) if group else ()
            for place in range(len(one.connections or ())):
                found = matching(_declared(one, place, Given("")), here)
                secret = await self._declaring.unshown_secret(found) if found else None
                if found and secret is not None:
                    said.append(self._revealed(found, one, secret, words))
        return said

    async def export(self) -> str:
        """Return a file of what stands, without any secret."""
        return await self._groups.export(self._written)

    async def _written(self, group: Group) -> tuple[ConnectionSheet, ...]:
        standing = await self._declaring.standing(group.posts_id)
        apps = self._bridges.apps
        return tuple(
            [
                _sheet_of(one, apps[one.app], await self._accounts.declared(one))
                for one in standing
                if one.app in apps
            ]
        )

    def _revealed(
        self, connection: Connection, group: GroupSheet, secret: str, words: Phrases
    ) -> str:
        address = address_of(connection, self._bridges, self._hooks_url)
        lines = [
            words(
                N_("{name} ({group}), shown this once:"), name=name_of(connection), group=group.name
            ),
            "  " + words(N_("address: {address}"), address=address),
        ]
        if secret and connection.scheme != LetterAddress.slug:  # There the address holds it.
            lines.append("  " + words(N_("secret: {secret}"), secret=secret))
        return "\n".join(lines)


def _declared(group: GroupSheet, place: int, given: Given) -> Declared:
    """Return a group's connection in the words of bridges; raise Misdeclared if it stands twice."""
    every = group.connections or ()
    one = every[place]
    if any(other.name == one.name for other in every[:place]):
        raise Misdeclared.twice(one.name)
    return Declared(
        name=one.name,
        app=one.app,
        scheme=one.scheme,
        paused=one.paused,
        options={name: _word(value) for name, value in one.options.items()},
        secret=given.secrets.get(place_of(group.slug, one), ""),
        mapping=one.mapping,
        account=_account(one.account, given.tokens.get(place_of(group.slug, one), "")),
    )


def _account(sheet: AccountSheet | None, token: str) -> DeclaredAccount | None:
    if sheet is None:
        return None
    return DeclaredAccount(sheet.base_url or "", sheet.user or "", token)


def _word(value: OptionValue) -> str:
    """Return an option as one writes it to the bot."""
    if isinstance(value, bool):
        return YES if value else NO
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _left(group: GroupSheet, here: Sequence[Connection]) -> Iterator[Connection]:
    """Walk those that feed a group and that the file does not mention."""
    named = {one.name for one in group.connections or ()}
    return (one for one in here if not named & {one.options.name, one.short})


def _fault(
    sheet: Sheet, number: int, place: int, connection: ConnectionSheet, error: Misdeclared
) -> Fault:
    field = error.field
    if field == "secret":
        field = "secret_file" if connection.secret_file is not None else "secret_env"
    where = f"connections.{place}.{field}".rstrip(".")
    return Fault(sheet.line(number, where), f"{where}: {error}")


def _sheet_of(connection: Connection, app: App, account: DeclaredAccount | None) -> ConnectionSheet:
    written = options_to_write(connection, app)
    return ConnectionSheet(
        name=name_of(connection),
        app=app.slug,
        scheme=None if connection.scheme == Uncalled.slug else connection.scheme,
        paused=connection.state is ConnectionState.PAUSED or None,
        options={name: _as_yaml(name, text) for name, text in written.items()},
        mapping=connection.options.mapping or None,
        account=AccountSheet(base_url=account.base, user=account.user or None) if account else None,
    )


def _as_yaml(name: str, text: str) -> OptionValue:
    if name in SWITCHES:
        return text == YES
    if name == "renew_days":
        return int(text)
    return tuple(text.split(", ")) if name in _LISTED and text else text
