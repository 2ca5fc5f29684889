"""The data folder: held by one process, with the key of what lies there locked."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from appservice.errors import ConfigError
from appservice.vault import Vault


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


def secrets_key(folder: Path) -> str:
    """Return the key of secrets at rest, made at the first start."""
    path = folder / "secrets.key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(Vault.new_key())
    return path.read_text().strip()
