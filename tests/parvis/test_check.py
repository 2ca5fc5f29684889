"""`parvis check` finds each fault of an installation and names its remedy."""

import asyncio
import dataclasses
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp import web

from appservice.database import Change, Database
from appservice.migrations import migrate
from parvis.config import parse
from parvis.doctor.examination import Doctor
from parvis.doctor.findings import Finding, Verdict
from parvis.server import application, listening
from tests.harness.program import Program


async def _findings(folder: Path, text: str) -> list[Finding]:
    config = parse(text.replace("language: fr", "language: en"), folder=folder)
    return [one async for one in Doctor(config, path=folder / "config.yaml").examine()]


async def _faults(folder: Path, text: str) -> dict[str, str]:
    found = await _findings(folder, text)
    return {one.what: one.remedy for one in found if one.verdict is Verdict.FAULT}


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


async def test_another_bot_is_refused_with_the_name_it_had(installation, nursery):
    program, text = installation
    program.nursery, first = nursery, program.registration.bot
    async with program.trays():
        pass
    other = text.replace(
        f"localpart: {program.registration.bot_localpart}", "localpart: parvisette"
    )
    (program.folder / "config.yaml").write_text(other)
    config = parse(other, folder=program.folder)
    (program.folder / "registration.yaml").write_text(config.registration.yaml())

    faults = await _faults(program.folder, other)
    code, out, err = await program.says("run")

    (remedy,) = [remedy for what, remedy in faults.items() if f"those of {first}" in what]
    assert f"make {first} again" in remedy
    assert (code, out) == (2, "")
    assert "@parvisette:parvis.test" in err
    assert f"make {first} again" in err


async def test_a_homeserver_that_is_away_is_named(installation):
    program, text = installation

    ((what, remedy), *_) = (
        await _faults(program.folder, text.replace(program.homeserver.url, "http://127.0.0.1:9"))
    ).items()

    assert what == "homeserver http://127.0.0.1:9 does not answer"
    assert "homeserver.url" in remedy


async def test_a_registration_that_differs_is_named(installation):
    program, text = installation
    other = dataclasses.replace(program.registration, url="http://127.0.0.1:1")
    (program.folder / "registration.yaml").write_text(other.yaml())

    assert any(
        "differs from the settings in: url" in what for what in await _faults(program.folder, text)
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


async def test_check_speaks_the_language_of_the_organization(installation):
    program, text = installation

    found = [
        one.what
        async for one in Doctor(
            parse(text, folder=program.folder), path=program.folder / "config.yaml"
        ).examine()
    ]

    assert "le serveur Matrix nous appelle" in found


async def test_an_address_that_another_program_has_is_named_with_its_setting(installation):
    program, text = installation

    async with listening({f"127.0.0.1:{program.metrics_port}": application([])}):
        ((what, remedy),) = (await _faults(program.folder, text)).items()

    assert str(program.metrics_port) in what
    assert "metrics.listen" in remedy


async def test_a_server_name_that_is_not_the_homeservers_is_named(installation):
    program, text = installation
    place = f'server_name: "{program.homeserver.server_name}"'

    faults = await _faults(program.folder, text.replace(place, 'server_name: "example.org"'))

    assert any(program.homeserver.server_name in remedy for remedy in faults.values()), faults


async def test_an_admin_without_an_account_is_named(installation):
    program, text = installation

    faults = await _faults(
        program.folder, text.replace("admins: []", 'admins: ["@nobody-here:parvis.test"]')
    )

    assert "the admin @nobody-here:parvis.test does not exist" in faults


async def test_a_database_of_a_newer_parvis_is_named(installation):
    program, text = installation
    database = await Database.open(program.database_url)
    await migrate(database)
    await database.write(Change(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()

    assert "a newer Parvis wrote this database" in await _faults(program.folder, text)


async def test_settings_that_others_may_read_are_a_warning(installation):
    program, text = installation
    (program.folder / "config.yaml").chmod(0o644)

    first, *_ = await _findings(program.folder, text)

    assert (first.verdict, "chmod 600" in first.remedy) == (Verdict.WARNING, True)


@pytest.mark.parametrize(
    "url", ["postgresql://nobody:wrong@127.0.0.1:9/parvis", "mysql://somewhere/parvis"]
)
async def test_a_database_that_is_away_is_named_by_check_and_by_run(installation, url):
    program, text = installation
    wrong = text.replace(program.database_url, url)
    (program.folder / "config.yaml").write_text(wrong)

    ((_, remedy),) = (await _faults(program.folder, wrong)).items()
    run = await program.command("run")

    assert "database.url" in remedy
    assert await asyncio.wait_for(run.wait(), 60) in {1, 2}
    assert "Traceback" not in program.log()
    assert "database" in program.log()


async def test_run_says_where_it_serves_and_that_an_address_is_taken(installation):
    program, _ = installation
    await program.start()
    assert "Parvis serves" in program.log()
    assert program.url in program.log()
    await program.stop()

    async with listening({f"127.0.0.1:{program.metrics_port}": application([])}):
        run = await program.command("run")
        assert await asyncio.wait_for(run.wait(), 60) == 1

    assert "Traceback" not in program.log()
    last = program.log().splitlines()[-1]
    assert f"cannot listen on 127.0.0.1:{program.metrics_port}" in last
