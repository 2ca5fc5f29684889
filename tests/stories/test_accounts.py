"""Owners give a connection an account on its page; its token is seen by nobody ever after."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bridges.connection import Connection
from spaces.model import Group
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import post
from tests.harness.house import House, open_house
from tests.harness.person import Person
from tests.harness.reader import Reader
from tests.harness.source import Source, open_source
from tests.harness.wait import until

_TOKEN = "jeton-tres-secret-4711"


@dataclass
class Scene:
    """A group with an owner and a member, a connection, and the source that it is of."""

    house: House
    group: Group
    source: Source
    connection: Connection
    member: Person
    mine: Reader
    others: Reader

    @property
    def page(self) -> str:
        return f"/connections/{self.connection.page}"

    async def sign_of(self, target: str) -> bool:
        page = await self.house.app.trays.bot.messages(self.group.posts_id, backwards=True)
        relations = [one.relation for one in page.events if one.relation]
        return any(one.target == target and one.key == "📨" for one in relations)

    async def card(self) -> str:
        return await self.house.app.bridges.casebook.root_of((self.connection.id, "5#7"))

    async def account(self):
        return await self.house.app.bridges.acting.accounts.of(self.connection.id)


@asynccontextmanager
async def _scene(folder: Path, homeserver: HomeserverForTests) -> AsyncIterator[Scene]:
    settings = 'outgoing: {private_hosts: ["127.0.0.1"]}'
    async with (
        open_source() as source,
        open_house(folder, homeserver, settings=settings) as house,
    ):
        owner, member = [await house.person(name) for name in ("owner", "member")]
        group = await house.group("Verger", [owner, member])
        connections, app = house.app.bridges.connections, house.app.bridges.apps["github"]
        made = await connections.add(app, group.posts_id, owner.user_id)
        mine, others = [await Reader.signed_in(house.url, one) for one in (owner, member)]
        connection = await connections.get(made)
        yield Scene(house, group, source, connection, member, mine, others)
        for reader in (mine, others):
            await reader.close()


async def test_an_account_is_tried_before_it_is_kept_and_only_owners_give_one(homeserver, tmp_path):
    async with _scene(tmp_path, homeserver) as scene:
        address, source, mine = f"{scene.page}/account", scene.source, scene.mine
        given = {"base": source.url, "token": _TOKEN}
        foreign = await scene.others.send("/you", address, **given)
        source.refusals = [(401, {})]
        wrong = await mine.send(scene.page, address, **given)
        unsafe = await mine.send(scene.page, address, base="http://example.org", token=_TOKEN)
        inner = await mine.send(scene.page, address, base="http://10.0.0.9", token=_TOKEN)
        before = await scene.account()
        right = await mine.send(scene.page, address, **given)
        after = await scene.account()
        await mine.send(scene.page, f"{address}/forget")
        forgotten = await scene.account()

    assert foreign.status == 404
    assert [one.status for one in (wrong, unsafe, inner)] == [422] * 3
    assert "Rien n’a été gardé" in wrong.text
    assert "Issues et Pull requests" in wrong.text
    assert "https://" in unsafe.text
    assert "private_hosts" in inner.text
    assert before is None
    assert "parvis-bot" in right.text
    assert after.account.token == _TOKEN
    assert forgotten is None
    assert [one.headers["Authorization"] for one in source.asked] == [f"Bearer {_TOKEN}"] * 2


async def test_people_write_with_the_account_and_its_token_stands_nowhere(
    homeserver, tmp_path, capfd
):
    async with _scene(tmp_path, homeserver) as scene:
        house, mine, made = scene.house, scene.mine, scene.connection.id
        room = scene.group.posts_id
        secret = await house.app.bridges.connections.show_secret(made)
        await mine.send(scene.page, f"{scene.page}/account", base=scene.source.url, token=_TOKEN)
        call = github.pull_request_history()[0]
        url = f"{house.app.config.hooks_url}/hooks/{made}"
        assert await post(url, call.body, call.headers(secret)) == 200
        root = await until(scene.card, "the card is there", within=20)

        asked = {"command": "case close", "case": "#7"}
        refused = await mine.send(scene.page, f"{scene.page}/settings", **asked)
        chosen = {"command": "connection option", "replies": "yes", "writers": "members"}
        await mine.send(scene.page, f"{scene.page}/settings", **chosen)
        closed = await mine.send(scene.page, f"{scene.page}/settings", **asked)
        reply = await scene.member.comment(room, root, "Vu")
        await until(lambda: scene.sign_of(reply), "the sign", within=20)

        seen = [(await mine.get(path)).text for path in (scene.page, f"/groups/{scene.group.slug}")]
        state = await house.app.trays.bot.state(room)
        events = (await house.app.trays.bot.messages(room, backwards=True)).events
        seen += [str(one.content.fields) for one in (*state, *events)]

    assert [refused.status, closed.status] == [422, 200]
    assert scene.source.wrote("PATCH")[0].path == "/repos/ateliers/pompe/issues/7"
    assert len(scene.source.comments) == 1
    database = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("parvis.db*"))
    assert _TOKEN not in "".join([*seen, *capfd.readouterr()])
    assert _TOKEN.encode() not in database
