"""Whoever never writes to the bot can do the same on the web."""

import re

from bridges.actions import Account, Who
from parvis.command_forms import WITHOUT_FORM
from parvis.form_sections import PLACES
from tests.harness.house import open_house
from tests.harness.reader import Reader

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


async def test_each_command_has_a_form_or_a_reason_to_have_none(homeserver, tmp_path):
    admin = await homeserver.person("admin")
    async with open_house(tmp_path, homeserver, admin=admin.user_id) as house:
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        group = await house.group("Verger", [admin])
        connections, app = house.app.bridges.connections, house.app.bridges.apps["gitlab"]
        made = await connections.add(app, group.posts_id, admin.user_id)
        await house.app.bridges.acting.accounts.keep(
            made, Account("https://gitlab.example", "glpat-1"), Who("7", "parvis"), admin.user_id
        )
        sheet = f"/connections/{(await connections.get(made)).page}"
        reader = await Reader.signed_in(house.url, admin)
        paths = ("/manage", f"/groups/{group.slug}/settings", sheet)
        pages = [await reader.get(path) for path in paths]
        await reader.close()
        commands = [command.name for command in house.app.runner.allowed(admin=True)]

    without = {
        name for name in commands if all(f'value="{name}"' not in page.text for page in pages)
    }
    assert without == set(_HAVE_NO_FORM)
    assert set(commands) - without <= set(PLACES)
    headings = [re.findall('subject"><h2>(.+?)</h2>', page.text) for page in pages]
    assert headings == [
        ["Nouveaux groupes", "Publications", "Annuaire des personnes"],
        _SECTIONS,
        ["Ce qui est raconté", "À la source", "Appels et secret"],
    ]
    assert dict(WITHOUT_FORM) == _HAVE_NO_FORM
