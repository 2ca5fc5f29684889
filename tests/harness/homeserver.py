"""Real Synapses, each with several appservices that tests may take."""

import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appservice.registration import Registration, new_token
from parvis.demo.accounts import register_user
from parvis.demo.synapse import Synapse, SynapseSettings, free_port
from tests.harness.person import Person

SERVER_NAME = "parvis.test"
_APPSERVICES, _ENOUGH = 32, 12
"""Synapse looks at each of its appservices for each event, so a hundred would halve its speed: after
so many that were taken, the next module gets a fresh Synapse; that leaves twenty for any module.
"""
_PASSWORD = "correct horse battery"


@dataclass
class HomeserverForTests:
    """A running Synapse. Names are fresh for each test, so nothing needs restarting."""

    synapse: Synapse
    registrations: list[Registration]
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _taken: int = 0

    @property
    def url(self) -> str:
        return self.synapse.base_url

    @property
    def server_name(self) -> str:
        return self.synapse.server_name

    @property
    def is_worn(self) -> bool:
        """Tell whether the next module should have another."""
        return self._taken >= _ENOUGH

    def take_registration(self) -> Registration:
        """Return an appservice that no other test uses."""
        assert self._taken < len(self.registrations), "a module takes more than a Synapse has"
        self._taken += 1
        return self.registrations[self._taken - 1]

    def fresh(self, word: str) -> str:
        """Return *word* as a name that nobody has."""
        return f"{word}{next(self._numbers)}"

    async def person(self, name: str = "ana") -> Person:
        """Make an account and log in with a plain Matrix client."""
        return await self.person_called(self.fresh(name), name.capitalize())

    async def person_called(self, localpart: str, name: str = "", *, admin: bool = False) -> Person:
        """Make an account of exactly this name; *admin*: an administrator of the homeserver."""
        await register_user(self.synapse, localpart, _PASSWORD, name=name or localpart, admin=admin)
        return await Person.log_in(self.url, f"@{localpart}:{self.server_name}", _PASSWORD)


@dataclass
class Homeservers:
    """The session's Synapses; each lives to its end."""

    folder: Path
    stack: AsyncExitStack
    running: list[HomeserverForTests] = field(default_factory=list)

    async def one(self) -> HomeserverForTests:
        """Return one that has appservices left for a whole module."""
        if not self.running or self.running[-1].is_worn:
            place = self.folder / str(len(self.running))
            fresh = await self.stack.enter_async_context(running_homeserver(place))
            self.running.append(fresh)
        return self.running[-1]


@asynccontextmanager
async def running_homeserver(
    folder: Path,
    *,
    appservices: int = _APPSERVICES,
    extra: Mapping[str, Any] | None = None,
    server_name: str = SERVER_NAME,
    wired: Callable[[SynapseSettings], SynapseSettings] = lambda settings: settings,
) -> AsyncIterator[HomeserverForTests]:
    """Start Synapse with all registrations loaded: it reads them at its start only.

    *wired* adds to its settings, for instance the way to another homeserver.
    """
    registrations = [_registration(number, server_name) for number in range(appservices)]
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - at once
    paths = []
    for registration in registrations:
        path = folder / f"{registration.id}.yaml"
        path.write_text(json.dumps(registration.document()))
        paths.append(path)
    settings = SynapseSettings(
        folder / "synapse", server_name, registrations=tuple(paths), extra=extra or {}
    )
    synapse = Synapse(wired(settings))
    await synapse.start()
    try:
        yield HomeserverForTests(synapse, registrations)
    finally:
        await synapse.stop()


def _registration(number: int, server_name: str) -> Registration:
    return Registration(
        id=f"parvis{number}",
        url=f"http://127.0.0.1:{free_port()}",
        as_token=new_token(),
        hs_token=new_token(),
        bot_localpart=f"parvis{number}",
        server_name=server_name,
    )
