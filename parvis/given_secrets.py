"""What `parvis apply` hands to the running program: the file, and the secrets that it names.

They are read where the command is called, as who calls it, and travel over the socket in the data
folder alone: the running program may stand elsewhere and know other variables.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from spaces.sheet import ConnectionSheet, Fault, Sheet, Unreadable, read_sheet

_LARGEST = 4096


class Given(msgspec.Struct, frozen=True):
    """The text of a file of groups; *secrets* by group and connection, ``velo/code``."""

    sheet: str
    secrets: Mapping[str, str] = {}


def place_of(slug: str, connection: ConnectionSheet) -> str:
    """Return how the secret of a connection is called here."""
    return f"{slug}/{connection.name}"


def given_of(text: str, folder: Path, environment: Mapping[str, str], *, all_of_them: bool) -> str:
    """Return a file's *text* with its secrets, for the running program.

    Files are looked for in *folder*. Raises Unreadable for a file at fault and, where *all_of_them*
    are wanted, for a secret that is not there.
    """
    sheet = read_sheet(text)
    secrets, faults = {}, []
    for line, slug, connection in _with_secret(sheet):
        try:
            secrets[place_of(slug, connection)] = _secret(connection, folder, environment)
        except ValueError as error:
            faults.append(Fault(line, str(error)))
    if faults and all_of_them:
        raise Unreadable(faults)
    return msgspec.json.encode(Given(text, secrets)).decode()


def _with_secret(sheet: Sheet) -> Iterator[tuple[int, str, ConnectionSheet]]:
    for number, group in enumerate(sheet.groups):
        for place, connection in enumerate(group.connections or ()):
            field = "secret_file" if connection.secret_file is not None else "secret_env"
            if connection.secret_file is not None or connection.secret_env is not None:
                line = sheet.line(number, f"connections.{place}.{field}")
                yield line, group.slug, connection


def _secret(connection: ConnectionSheet, folder: Path, environment: Mapping[str, str]) -> str:
    """Return the secret that a connection names, or raise ValueError saying what is wrong."""
    file, variable = connection.secret_file, connection.secret_env
    if file is not None and variable is not None:
        raise ValueError("secret_file: there is secret_env too; name one of them")
    if file is None:
        return _filled(environment.get(variable or "", ""), f"secret_env: {variable}")
    try:
        with (folder / file).open(encoding="utf-8") as opened:
            return _filled(opened.read(_LARGEST), f"secret_file: {file}")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"secret_file: {file} cannot be read") from error


def _filled(text: str, what: str) -> str:
    if not text.strip():
        raise ValueError(f"{what} holds nothing")
    return text.strip()
