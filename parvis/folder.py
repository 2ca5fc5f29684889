"""The data folder: held by one process, with the key of what lies there locked."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from appservice.errors import ConfigError
from appservice.vault import Vault

_NEW = "new"
_LOST = (
    "{path} is missing, and the database holds secrets that only it opens: put it back from your "
    'backup. If it is lost for good, write the word new into it: `echo new > "{path}"`. Then people '
    "sign in again, and each connection needs a new secret"
)


@contextmanager
def locked(folder: Path) -> Iterator[IO[str]]:
    """Hold the data folder for this process alone, or raise ConfigError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError("data_folder", "another Parvis is using it") from error
        yield lock


def secrets_key(folder: Path, *, needed: bool = False) -> str:
    """Return the key of secrets at rest, made at the first start.

    *needed*: something is locked with it already, so that none is made in its place, unless the file
    says so itself. Raises ConfigError then.
    """
    path = folder / "secrets.key"
    found = path.read_text().strip() if path.exists() else ""
    # An empty one is what a crash at the first start leaves.
    if found not in {"", _NEW}:
        return found
    if needed and found != _NEW:
        raise ConfigError("data_folder", _LOST.format(path=path))
    key, fresh = Vault.new_key(), path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    return key
