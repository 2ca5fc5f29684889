"""`parvis check` finds each fault of an installation and names its remedy."""

import dataclasses
from pathlib import Path

import pytest
from aiohttp import web

from parvis.config import parse
from parvis.doctor import Doctor, Verdict
from parvis.server import application, listening
from tests.harness.program import Program


async def _faults(folder: Path, text: str) -> dict[str, str]:
    findings = await Doctor(parse(text, folder=folder), folder=folder).examine()
    return {one.what: one.remedy for one in findings if one.verdict is Verdict.FAULT}


@pytest.fixture
async def installation(homeserver, tmp_path):
    """A program's folder with both its files."""
    program = Program.prepare(tmp_path, homeserver)
    (tmp_path / "registration.yaml").write_text(program.registration.yaml())
    return program, (tmp_path / "config.yaml").read_text()


async def test_a_good_installation_has_no_fault(installation):
    program, text = installation

    assert await _faults(program.folder, text) == {}


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("as_token", "does not know as_token"),
        ("hs_token", "another hs_token"),
    ],
)
async def test_a_wrong_token_is_named(installation, field, says):
    program, text = installation
    wrong = text.replace(getattr(program.registration, field), "wrong-token-123")
    other = dataclasses.replace(program.registration, **{field: "wrong-token-123"})
    (program.folder / "registration.yaml").write_text(other.yaml())

    faults = await _faults(program.folder, wrong)

    assert any(says in what for what in faults), faults
    assert all("app_service_config_files" in remedy for remedy in faults.values())


async def test_a_homeserver_that_is_away_is_named(installation):
    program, text = installation

    faults = await _faults(
        program.folder, text.replace(program.homeserver.url, "http://127.0.0.1:9")
    )

    assert "homeserver.url" in next(iter(faults.values()))


async def test_a_registration_that_differs_is_named(installation):
    program, text = installation
    other = dataclasses.replace(program.registration, url="http://127.0.0.1:1")
    (program.folder / "registration.yaml").write_text(other.yaml())

    assert any(
        "differs from the config in: url" in what for what in await _faults(program.folder, text)
    )


async def test_pushes_on_the_public_address_are_a_fault(installation):
    program, text = installation

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=403)

    routes = [web.put("/_matrix/app/{rest:.*}", answer)]
    async with listening({f"127.0.0.1:{program.web_port}": application(routes)}):
        faults = await _faults(program.folder, text)

    assert any("/_matrix/app/ answers" in what for what in faults), faults


async def test_an_admin_token_that_is_none_is_named(installation, homeserver):
    program, text = installation
    person = await homeserver.person("nobody")
    root = await homeserver.person_called(homeserver.fresh("root"), admin=True)
    await person.close()
    await root.close()
    place = f'server_name: "{homeserver.server_name}"'
    assert place in text

    tried = {
        name: await _faults(program.folder, text.replace(place, f'{place}, admin_token: "{token}"'))
        for name, token in {
            "unknown": "no-such-token",
            "not an admin's": person.token,
            "good": root.token,
        }.items()
    }

    assert tried["good"] == {}
    for name in ("unknown", "not an admin's"):
        (what, remedy), *_ = tried[name].items()
        assert "homeserver.admin_token" in what
        assert "an administrator" in remedy
