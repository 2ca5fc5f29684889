"""What `parvis apply` hands to the running program: the file, and the secrets that it names.

They are read where the command is called, as who calls it, and travel over the socket in the data
folder alone: the running program may stand elsewhere and know other variables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from spaces.sheet import AccountSheet, ConnectionSheet, Fault, Sheet, Unreadable, read_sheet

_LARGEST = 4096


class Given(msgspec.Struct, frozen=True):
    """The text of a file of groups; *secrets* and *tokens* by group and connection, ``velo/code``."""

    sheet: str
    secrets: Mapping[str, str] = {}
    tokens: Mapping[str, str] = {}


@dataclass(frozen=True)
class _Source:
    """Where one secret stands: the fields of the file that say so, and what they say."""

    field: str
    file: str | None
    variable: str | None


def place_of(slug: str, connection: ConnectionSheet) -> str:
    """Return how the secret of a connection is called here."""
    return f"{slug}/{connection.name}"


def given_of(text: str, folder: Path, environment: Mapping[str, str], *, all_of_them: bool) -> str:
    """Return a file's *text* with its secrets, for the running program.

    Files are looked for in *folder*. Raises Unreadable for a file at fault and, where *all_of_them*
    are wanted, for a secret that is not there.
    """
    sheet = read_sheet(text)
    found: dict[str, dict[str, str]] = {"secret": {}, "account.token": {}}
    faults = []
    for line, slug, connection, source in _with_secret(sheet):
        try:
            secret = _secret(source, folder, environment)
            found[source.field][place_of(slug, connection)] = secret
        except ValueError as error:
            faults.append(Fault(line, str(error)))
    if faults and all_of_them:
        raise Unreadable(faults)
    given = Given(text, found["secret"], found["account.token"])
    return msgspec.json.encode(given).decode()


def _with_secret(sheet: Sheet) -> Iterator[tuple[int, str, ConnectionSheet, _Source]]:
    for number, group in enumerate(sheet.groups):
        for place, connection in enumerate(group.connections or ()):
            for source in _sources(connection):
                kind = "file" if source.file is not None else "env"
                line = sheet.line(number, f"connections.{place}.{source.field}_{kind}")
                yield line, group.slug, connection, source


def _sources(connection: ConnectionSheet) -> Iterator[_Source]:
    account = connection.account or AccountSheet()
    for source in (
        _Source("secret", connection.secret_file, connection.secret_env),
        _Source("account.token", account.token_file, account.token_env),
    ):
        if source.file is not None or source.variable is not None:
            yield source


def _secret(source: _Source, folder: Path, environment: Mapping[str, str]) -> str:
    """Return the secret that stands at *source*, or raise ValueError saying what is wrong."""
    field, file, variable = source.field, source.file, source.variable
    if file is not None and variable is not None:
        raise ValueError(f"{field}_file: there is {field}_env too; name one of them")
    if file is None:
        return _filled(environment.get(variable or "", ""), f"{field}_env: {variable}")
    try:
        with (folder / file).open(encoding="utf-8") as opened:
            return _filled(opened.read(_LARGEST), f"{field}_file: {file}")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{field}_file: {file} cannot be read") from error


def _filled(text: str, what: str) -> str:
    if not text.strip():
        raise ValueError(f"{what} holds nothing")
    return text.strip()
