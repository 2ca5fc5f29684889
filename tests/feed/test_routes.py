"""Every address is documented with who may call it, and that is true."""

import re
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from spaces.vocabulary import Access
from tests.harness.house import House
from tests.harness.reader import Reader

_PAGES = (Path(__file__).parents[2] / "docs" / "pages.md").read_text("utf-8")
_ROW = re.compile(r"^\| `(\S+) (/\S*)` \| ([^|]+?) \|", re.MULTILINE)
_MACHINES = ("/hooks/", "/_matrix/", "/metrics", "/healthz", "/readyz")
# In this order: whoever comes later can do more.
_ROLES = ("stranger", "outsider", "member", "owner", "author")

IN, LOGIN, HIDDEN, FORBIDDEN = "let in", "led to the sign-in", "404", "403"
_RULES: Mapping[str, tuple[str, ...]] = {
    "everyone": (IN, IN, IN, IN, IN),
    "signed in": (LOGIN, IN, IN, IN, IN),
    "who knows the group": (LOGIN, HIDDEN, IN, IN, IN),
    "who reads the post": (LOGIN, HIDDEN, IN, IN, IN),
    "the author": (LOGIN, HIDDEN, FORBIDDEN, FORBIDDEN, IN),
    # The owner comes before the author, and has removed it by then.
    "the author, and who keeps order": (LOGIN, HIDDEN, FORBIDDEN, IN, HIDDEN),
    "an owner": (LOGIN, HIDDEN, HIDDEN, IN, HIDDEN),
    "who steers the group": (LOGIN, HIDDEN, HIDDEN, IN, HIDDEN),
    # The post of the scene does not wait: nobody can publish it.
    "who may publish there": (LOGIN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    # None of them is one.
    "an admin": (LOGIN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
    "nobody": (HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
}


@dataclass(frozen=True)
class Route:
    """A row of the docs."""

    method: str
    path: str
    who: str


def _documented() -> list[Route]:
    return [Route(*row) for row in _ROW.findall(_PAGES)]


def _wired(house: House) -> Iterator[tuple[str, str]]:
    for application in house.app.served.values():
        for route in application.router.routes():
            assert route.resource is not None
            path = route.resource.canonical
            answers_get = any(other.method == "GET" for other in route.resource)
            if route.method != "HEAD" or not answers_get:
                yield route.method, path


def test_every_route_is_documented_and_no_other(house: House):
    documented = [(route.method, route.path) for route in _documented()]

    assert sorted(set(documented)) == sorted(documented)
    assert set(documented) == set(_wired(house))


@pytest.fixture(scope="module")
async def scene(house: House) -> AsyncIterator[tuple[dict[str, Reader], dict[str, str]]]:
    """Visitors of each role, and what the places in addresses stand for: all of a secret group."""
    owner, author, member, outsider = [
        await house.person(name) for name in ("owner", "author", "member", "outsider")
    ]
    group = await house.group("Coulisses", [owner, author, member], access=Access.SECRET)
    headers = {"Authorization": f"Bearer {author.token}", "Content-Type": "image/png"}
    async with aiohttp.ClientSession() as session:
        upload = f"{house.homeserver.url}/_matrix/media/v3/upload"
        async with session.post(upload, data=b"\x89PNG\r\n\x1a\n", headers=headers) as answer:
            mxc = (await answer.json())["content_uri"]
    picture = {"msgtype": "m.image", "body": "a.png", "url": mxc}
    root = await author.send(group.posts_id, "m.room.message", picture)
    await house.shows(root)
    connections, apps = house.app.bridges.connections, house.app.bridges.apps
    identifier = await connections.add(apps["trello"], group.posts_id, owner.user_id)
    server, _, media = mxc.removeprefix("mxc://").partition("/")
    places = {
        "slug": group.slug, "event_id": root, "user_id": author.user_id, "server": server,
        "media": media, "connection": identifier, "page": (await connections.get(identifier)).page,
        "hash": "any", "name": "feed.css", "path": "nothing", "txn_id": "1", "alias": "a",
        "kind": "user", "rest": "x",
    }  # fmt: skip
    people = {"outsider": outsider, "member": member, "owner": owner, "author": author}
    readers = {role: await Reader.signed_in(house.url, person) for role, person in people.items()}
    readers["stranger"] = Reader(house.url)
    yield readers, places
    for reader in readers.values():
        await reader.close()


async def _outcome(reader: Reader, route: Route, places: Mapping[str, str]) -> str:
    """Say how a visitor fares, without following where they are led."""
    path = re.sub(r"\{(\w+)\}", lambda match: places[match[1]], route.path)
    fields = {}
    if route.method == "POST":
        page = await reader.get("/you")
        fields = {
            **page.hidden, "nonce": secrets.token_hex(8), "group": places["slug"], "title": "t",
            "text": "x", "key": "👍", "user": "nobody", "password": "x", "secret": "s" * 20,
        }  # fmt: skip
    method = "PUT" if route.method == "*" else route.method
    request = reader._session.request(
        method, reader.url + path, data=fields or None, allow_redirects=False
    )
    async with request as answer:
        assert answer.status < 500, f"{route}: {answer.status}"
        led = answer.status == 303 and answer.headers["Location"] == "/login"
        if route.who != "everyone" and (led or answer.status == 401):
            return LOGIN
        if answer.status == 403 and route.who.startswith("the author"):
            return FORBIDDEN
        # Once let in, the homeserver may still refuse; a wrong password is no question of who.
        return HIDDEN if answer.status == 404 else IN


async def test_each_page_lets_in_whom_the_docs_say(scene):
    readers, places = scene
    found, told = {}, {}
    for route in _documented():
        if not route.path.startswith(_MACHINES):
            row = f"{route.method} {route.path}"
            told[row] = dict(zip(_ROLES, _RULES[route.who], strict=True))
            found[row] = {role: await _outcome(readers[role], route, places) for role in _ROLES}

    assert found == told


async def test_no_form_of_another_site_is_taken(house: House, scene):
    readers, places = scene
    reader = await Reader.signed_in(house.url, await house.person("ana"))
    refused = {}
    for route in _documented():
        if route.method == "POST" and not route.path.startswith(_MACHINES):
            path = re.sub(r"\{(\w+)\}", lambda match: places[match[1]], route.path)
            for visitor in (reader, readers["stranger"]):
                refused[path] = (await visitor.post(path, csrf="guessed", text="x")).status
    await reader.close()

    assert len(refused) > 10
    assert set(refused.values()) == {403}


async def test_machines_are_asked_for_their_proof(house: House, scene):
    _, places = scene
    addresses = {"/metrics": house.app.config.metrics.listen}
    seen = {}
    async with aiohttp.ClientSession() as session:
        for route in _documented():
            if not route.path.startswith(_MACHINES):
                continue
            listen = house.app.config.web.listen
            if route.path.startswith("/_matrix/"):
                listen = house.app.config.appservice.listen
            path = re.sub(r"\{(\w+)\}", lambda match: places[match[1]], route.path)
            url = f"http://{addresses.get(route.path, listen)}{path}"
            method = "GET" if route.method == "*" else route.method
            async with session.request(method, url) as answer:
                seen[f"{route.method} {route.path}"] = (route.who, answer.status)

    wanted = {"everyone": 200, "an app that signs": 401, "the homeserver": 403}
    wanted |= {"the doctor": 404, "nobody": 404}
    assert {row: status for row, (_, status) in seen.items()} == {
        row: wanted[who] for row, (who, _) in seen.items()
    }


async def test_every_bot_command_is_documented(house: House):
    documented = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
    names = [" ".join(command.words) for command in house.app.runner.allowed(admin=True)]

    assert len(names) > 8
    assert [name for name in names if not re.search(rf"`{name}[ `]", documented)] == []
