"""`parvis check` finds why apps are not heard, through real proxies, and names what helps."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp import web

from appservice.database import Change
from appservice.ids import UserId
from appservice.vault import Vault
from bridges.acting.accounts import Accounts
from bridges.actions import Account, Who
from bridges.deliveries import Deliveries
from bridges.discovery import apps
from bridges.self_check import sample
from bridges.store import connections_table
from parvis.config import parse
from parvis.doctor.examination import Doctor
from parvis.doctor.findings import Finding, Verdict
from tests.harness.hooks import post
from tests.harness.peer import open_peer
from tests.harness.program import Program

_ANA = UserId("@ana:parvis.test")


@asynccontextmanager
async def _proxy(
    target: str, *, rewrites: bool = False, at: str = "", largest: int = 60 * 1024**2
) -> AsyncIterator[str]:
    """Stand before *target* below the path *at*; one that *rewrites* reads JSON and writes it again."""

    async def hand_on(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if len(body) > largest:
            return web.Response(status=413)
        if rewrites and body:
            body = json.dumps(json.loads(body)).encode()
        headers = {
            name: request.headers[name] for name in request.headers if name != "Content-Length"
        }
        path = f"{target}{request.path.removeprefix(at)}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, path, data=BytesIO(body), headers=headers) as answer,
        ):
            return web.Response(status=answer.status, body=await answer.read())

    routes = [web.route("*", at + "/{rest:.*}", hand_on)]
    async with open_peer(routes, largest=2 * 60 * 1024**2) as url:
        yield url


async def _findings(program: Program, hooks_url: str = "") -> list[Finding]:
    text = (program.folder / "config.yaml").read_text().replace("language: fr", "language: en")
    if hooks_url:
        text = text.replace("hooks: {", f'hooks: {{public_url: "{hooks_url}", ')
    config = parse(text, folder=program.folder)
    return [one async for one in Doctor(config, path=program.folder / "config.yaml").examine()]


def _fault_of_calls(found: list[Finding]) -> Finding:
    """Return the one fault that is about calls of apps; a busy homeserver may be another."""
    faults = [one for one in found if one.verdict is Verdict.FAULT and "/hooks/" in one.what]
    assert len(faults) == 1, found
    return faults[0]


@pytest.fixture(scope="module")
async def program(homeserver, nursery, tmp_path_factory) -> AsyncIterator[Program]:
    """A running installation with two connections: one fell silent, one was switched off there."""
    folder = tmp_path_factory.mktemp("program")
    more = "outgoing: {private_hosts: [127.0.0.1]}\n"
    program = Program.prepare(folder, homeserver, nursery=nursery, more=more)
    (folder / "registration.yaml").write_text(program.registration.yaml())
    (folder / "config.yaml").chmod(0o600)
    async with _pipedrive() as url:
        await _connect(program, url)
        await program.start()
        yield program
        await program.stop()


@asynccontextmanager
async def _pipedrive() -> AsyncIterator[str]:
    """Stand for Pipedrive, which lists its webhooks: ours is not active."""

    async def listed(request: web.Request) -> web.Response:
        assert request.headers["x-api-token"] == "token"
        return web.json_response({"data": [{"id": 3, "is_active": 0}, {"id": 4, "is_active": 1}]})

    async with open_peer([web.get("/api/v1/webhooks", listed)]) as url:
        yield url


async def _connect(program: Program, pipedrive: str) -> None:
    async with program.trays() as (trays, connections):
        database, long_ago = trays.database, time.time() - 5 * 24 * 3600
        room = await trays.bot.create_room({})
        quiet, off = [
            await connections.add(apps()[one], room, _ANA) for one in ("gitlab", "pipedrive")
        ]
        vault = Vault([(program.folder / "data" / "secrets.key").read_text()])
        account = Account(pipedrive, "token")
        await Accounts(database=database, vault=vault).keep(off, account, Who("1", "parvis"), _ANA)
        for number in range(12):
            then = Deliveries(database=database, clock=lambda n=number: long_ago + n * 60)
            await database.write(then.taken(quiet, f"{number}", {}, b"{}"))
        body = json.dumps({"meta": {"webhook_id": "3"}}).encode()
        await database.write(Deliveries(database=database).taken(off, "1", {}, body))
        called = sa.update(connections_table).where(connections_table.c.id == sa.bindparam("of"))
        rows = (
            {"of": quiet, "at": int(long_ago * 1000)},
            {"of": off, "at": int(time.time() * 1000)},
        )
        await database.write(
            Change(called.values(state="active", last_delivery=sa.bindparam("at")), rows),
            Change(sa.text("UPDATE deliveries SET state = 1")),
        )


async def test_a_path_that_leads_elsewhere_is_a_fault(program: Program):
    async with _proxy(program.url, at="/parvis") as url:
        found = await _findings(program, url)

    fault = _fault_of_calls(found)
    assert fault.what == f"calls of apps do not reach Parvis at {url}/hooks/ (404)"
    assert f"hand /hooks/ to 127.0.0.1:{program.web_port}" in fault.remedy


async def test_a_proxy_that_writes_bodies_anew_is_a_fault(program: Program):
    async with _proxy(program.url, rewrites=True) as url:
        found = await _findings(program, url)

    fault = _fault_of_calls(found)
    assert fault.what == f"calls are changed on their way to {url}/hooks/, so no signature holds"
    assert "byte by byte" in fault.remedy


async def test_a_proxy_that_takes_small_bodies_alone_is_a_warning(program: Program):
    async with _proxy(program.url, largest=1024**2) as url:
        found = await _findings(program, url)

    (warning,) = [one for one in found if "MB do not get through" in one.what]
    assert "(413)" in warning.what
    assert "client_max_body_size" in warning.remedy


async def test_what_a_good_proxy_hands_on_is_fine_and_sources_that_are_not_heard_are_named(
    program: Program,
):
    async with _proxy(program.url) as url:
        found = await _findings(program, url)

    said = {one.what: one for one in found}
    assert said[f"calls of apps arrive at {url}/hooks/ as they were sent"].verdict is Verdict.FINE
    (silent,) = [one for one in found if "is silent" in one.what]
    assert silent.what.startswith("gitlab-")
    assert silent.what.endswith("GitLab called last 5 days ago")
    assert "a test switches it on again" in silent.remedy
    (off,) = [one for one in found if "does not call" in one.what]
    assert off.what.startswith("Pipedrive does not call pipedrive-")
    assert off.what.endswith("the webhook is not active there")
    assert f"{program.url}/connections/" in off.remedy


async def test_nobody_but_the_doctor_is_told_anything(program: Program):
    headers, body = sample(Vault([Vault.new_key()]))

    assert await post(f"{program.url}/hooks/check", body, headers) == 404
    assert (
        await post(
            f"{program.url}/hooks/check", body, {"X-Parvis-Check": "é".encode().decode("latin-1")}
        )
        == 404
    )
