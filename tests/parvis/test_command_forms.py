"""Whoever never writes to the bot can do the same on the web."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bridges.actions import Account, Who
from bridges.connection import Connection
from parvis.command_forms import WITHOUT_FORM
from parvis.form_sections import PLACES
from spaces.model import Group, with_roles
from spaces.vocabulary import Role
from tests.harness.hooks import post
from tests.harness.house import House, open_house
from tests.harness.person import Person
from tests.harness.reader import Answer, Reader
from tests.harness.talk import Talk
from tests.harness.wait import until

_HAVE_NO_FORM = {
    "help": "pages explain themselves",
    "language": "the page You has it",
    "group list": "the directory",
    "group show": "the group's page",
    "member list": "the group's page",
    "connection list": "the group's page",
    "connection show": "the connection's page",
    "connection dead": "the connection's page",
    "person list": "the page of people who are to come",
    "status": "the page of figures is the operator's",
}

_SECTIONS = [
    "Nom et raison d’être",
    "Personnes",
    "Publications",
    "Sources",
    "Place dans les listes",
    "Repos et suite",
    "Histoire et entretien",
]


@dataclass
class Scene:
    """A group with two owners, one of whom is an admin."""

    house: House
    group: Group
    admin: Person
    owner: Person

    async def connect(self, app: str) -> Connection:
        bridges = self.house.app.bridges
        made = await bridges.connections.add(
            bridges.apps[app], self.group.posts_id, self.admin.user_id
        )
        return await bridges.connections.get(made)


@pytest.fixture(scope="module")
async def scene(homeserver, tmp_path_factory) -> AsyncIterator[Scene]:
    admin = await homeserver.person("admin")
    folder = tmp_path_factory.mktemp("house")
    async with open_house(folder, homeserver, admin=admin.user_id) as house:
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        owner = await house.person("owner")
        group = await house.group("Verger", [admin, owner])
        roles = with_roles(dict.fromkeys((admin.user_id, owner.user_id), Role.OWNER))
        group = await house.app.spaces.reconciler.alter(
            group, lambda now: replace(now, roles=roles)
        )
        yield Scene(house, group, admin, owner)


async def test_each_command_has_a_form_or_a_reason_to_have_none(scene: Scene):
    app, (gitlab, generic) = (
        scene.house.app,
        [await scene.connect(one) for one in ("gitlab", "generic")],
    )
    account = Account("https://gitlab.example", "glpat-1"), Who("7", "parvis")
    await app.bridges.acting.accounts.keep(gitlab.id, *account, scene.admin.user_id)
    sheets = [f"/connections/{one.page}" for one in (gitlab, generic)]
    reader = await Reader.signed_in(scene.house.url, scene.admin)
    paths = ("/manage", f"/groups/{scene.group.slug}/settings", *sheets)
    pages = [await reader.get(path) for path in paths]
    at_rest = [await reader.get(path) for path in await _at_rest(scene, generic)]
    await reader.close()
    commands = [command.name for command in app.runner.allowed(admin=True)]

    without = {
        name
        for name in commands
        if all(f'value="{name}"' not in page.text for page in (*pages, *at_rest))
    }
    assert without == set(_HAVE_NO_FORM)
    assert set(commands) - without <= set(PLACES)
    headings = [re.findall('subject"><h2>(.+?)</h2>', page.text) for page in pages]
    assert headings == [
        ["Nouveaux groupes", "Publications", "Annuaire des personnes"],
        _SECTIONS,
        ["Ce qui est raconté", "À la source", "Appels et secret"],
        ["Ce qui est raconté", "Appels et secret"],
    ]
    assert 'name="mapping"' not in pages[2].text
    assert dict(WITHOUT_FORM) == _HAVE_NO_FORM


async def _at_rest(scene: Scene, connection: Connection) -> tuple[str, str]:
    """Archive a group and pause a connection with a call put aside; return the pages of both."""
    bridges, reconciler = scene.house.app.bridges, scene.house.app.spaces.reconciler
    group = await scene.house.group("Pressoir", [scene.admin])
    await reconciler.alter(group, lambda now: replace(now, archived=True))
    await post(f"{scene.house.app.config.hooks_url}/hooks/{connection.id}", b"[]", {})

    async def put_aside() -> bool:
        return bool(await bridges.deliveries.count_parked([connection.id]))

    await until(put_aside, "the call is put aside")
    await bridges.connections.pause(connection.id)
    return f"/groups/{group.slug}/settings", f"/connections/{connection.page}"


async def test_an_admin_tries_a_mapping_saves_it_and_has_read_what_came_before(scene: Scene):
    connection, app = await scene.connect("generic"), scene.house.app
    page = f"/connections/{connection.page}"
    admin, owner = [
        await Reader.signed_in(scene.house.url, one) for one in (scene.admin, scene.owner)
    ]
    url = f"{app.config.hooks_url}/hooks/{connection.id}"
    called = await post(url, b'{"job": {"name": "nas-2", "result": "WARN"}}', {})

    async def put_aside() -> bool:
        return bool(await app.bridges.deliveries.count_parked([connection.id]))

    await until(put_aside, "the call is put aside")
    mapping = "title: Copie de {{ job.name }}\r\ntext: Fini\r\n  en {{ job.result }}"

    async def sends(reader: Reader, command: str, **given: str) -> Answer:
        return await reader.send(page, f"{page}/settings", command=command, **given)

    async def kept() -> str:
        return (await app.bridges.connections.get(connection.id)).options.mapping

    tried = await sends(admin, "connection preview", mapping=mapping)
    wrong = await sends(admin, "connection mapping", mapping=f"{mapping}\n  {{{{ a | upcas }}}}")
    others = [
        await sends(owner, "connection mapping", mapping=mapping),
        await sends(owner, "connection preview", mapping=mapping),
    ]
    before = await kept()
    saved = await sends(admin, "connection mapping", mapping=mapping)
    talk = await Talk.begin(scene.house, scene.admin)
    added = await talk.ask(f"connection mapping {connection.short} thread_id: {{{{ job.name }}}}")
    after, seen = await kept(), await owner.get(page)
    again = await sends(owner, "connection replay")

    async def told() -> bool:
        found = await app.trays.bot.messages(scene.group.posts_id, backwards=True)
        return any("Copie de nas-2" in one.content.text("body") for one in found.events)

    await until(told, "the call is told", within=30)
    for reader in (admin, owner):
        await reader.close()
    assert called == 200
    assert (tried.status, saved.status, again.status) == (200, 200, 200)
    assert "Copie de nas-2" in tried.text
    assert wrong.status == 422
    assert "ligne 4 de la correspondance" in wrong.text
    assert [one.status for one in others] == [400, 422]
    assert 'name="mapping"' not in seen.text
    assert before == ""
    assert after == mapping.replace("\r", "") + "\nthread_id: {{ job.name }}"
    assert "thread_id" in added
