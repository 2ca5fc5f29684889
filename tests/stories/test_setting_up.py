"""An owner connects each of the fourteen apps: a line to the bot, at most four steps at the app, no more."""

import asyncio
import re
from contextlib import AsyncExitStack
from html import unescape

import pytest

from bridges.connection import Connection
from bridges.discovery import apps
from bridges.schemes import scheme_of
from parvis.demo.synapse import free_port
from tests.harness.fediverse import open_fediverse
from tests.harness.hooks import post
from tests.harness.house import open_house
from tests.harness.newsstand import open_newsstand
from tests.harness.post import hand_over, letter
from tests.harness.reader import Reader
from tests.harness.talk import Talk
from tests.harness.vendor import vendor_of
from tests.harness.wait import until

_FOURTEEN = (
    *("alertmanager", "email", "generic", "github", "gitlab", "grafana", "jira", "mastodon"),
    *("pipedrive", "rss", "sentry", "slack", "trello", "zendesk"),
)
_MOST_STEPS = 5


async def _set_up(reader: Reader, connection: Connection, letters: str, hooks_url: str) -> str:
    """Follow the steps on a connection's page, as an owner does; return the title of what is told."""
    app, page = apps()[connection.app], f"/connections/{connection.page}"
    if app.pull:
        return "Le premier article" if app.slug == "rss" else "Bonjour du verger"
    seen = (await reader.get(page)).text
    if app.slug == "email":
        address = re.search(r"parvis\+[a-z2-7]{24}@example\.org", seen)[0]
        sent = await hand_over(letters, letter("Une lettre", "Bonjour."), address)
        assert sent[address][0] == 250
        return "Une lettre"
    url = unescape(re.search(r'id="url" readonly value="([^"]+)"', seen)[1])
    assert url.startswith(hooks_url)
    given = re.search(r'id="given" readonly value="([^"]+)"', seen)
    secret = unescape(given[1]) if given else ""
    if app.makes_secret(connection.scheme):
        secret = "the app made this one"
        assert (await reader.send(page, page, secret=secret)).status == 200
    vendor = vendor_of(app)
    headers = vendor.proved(scheme_of(app, connection.scheme), secret, url)
    assert await post(url, vendor.body, headers) == 200, app.slug
    return vendor.title


def test_there_are_fourteen_apps_and_none_asks_for_more_than_five_steps():
    offered = {slug: app for slug, app in apps().items() if not app.sample}
    steps = {
        f"{slug} {scheme.slug}": 1 + len(app.steps_of(scheme.slug))
        for slug, app in offered.items()
        for scheme in app.schemes
    }

    assert set(offered) == set(_FOURTEEN)
    assert {name: number for name, number in steps.items() if number > _MOST_STEPS} == {}


@pytest.fixture
def letters() -> str:
    return f"127.0.0.1:{free_port()}"


async def test_every_app_tells_its_first_thing_without_a_file_or_a_restart(
    homeserver, tmp_path, letters
):
    settings = f"""
outgoing: {{private_hosts: [127.0.0.1]}}
incoming_mail:
  address: "parvis+{{token}}@example.org"
  authserv_id: mx.example.org
  lmtp_listen: "{letters}"
"""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        house = await enter(open_house(tmp_path, homeserver, settings=settings))
        stand, social = (
            await enter(open_newsstand("Le premier article")),
            await enter(open_fediverse()),
        )
        social.write("Bonjour du verger", "velo")
        owner = await house.person("ana")
        group = await house.group("Verger", [owner])
        talk, reader = await Talk.begin(house, owner), await Reader.signed_in(house.url, owner)
        stack.push_async_callback(reader.close)
        sources = {"rss": stand.url, "mastodon": f'"{social.url}, #velo"'}
        lines = [f"connect {slug} {group.slug} {sources.get(slug, '')}" for slug in _FOURTEEN]
        answers = await talk.ask_all([line.strip() for line in lines])
        bridges, bot = house.app.bridges, house.app.trays.bot
        made = await bridges.connections.in_room(group.posts_id)
        hooks_url = house.app.config.hooks_url
        titles = await asyncio.gather(*(_set_up(reader, one, letters, hooks_url) for one in made))
        wanted = {one.app: title for one, title in zip(made, titles, strict=True)}

        async def told() -> bool:
            page = await bot.messages(group.posts_id, backwards=True)
            said = " ".join(event.content.text("body") for event in page.events)
            return all(title.split("\n")[0][:40] in said for title in wanted.values())

        await until(told, f"all of it is told: {wanted}", within=60)
        states = {
            one.app: one.state.value for one in await bridges.connections.in_room(group.posts_id)
        }

    assert sorted(states) == sorted(_FOURTEEN)
    assert set(states.values()) == {"active"}
    assert {
        len(re.findall(r"^\s*\d+\. ", answer, re.MULTILINE)) for answer in answers.values()
    } <= set(range(5))
