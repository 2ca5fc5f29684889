"""Owners steer what feeds their group, by the bot and on the pages; nobody else does."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from appservice.database import Change
from bridges.connection import Connection
from bridges.store import connections_table
from spaces.model import Group, with_roles
from spaces.vocabulary import Role
from tests.harness import github
from tests.harness.fediverse import TOKEN, open_fediverse
from tests.harness.hooks import post
from tests.harness.house import House, open_house
from tests.harness.newsstand import open_newsstand
from tests.harness.person import Person
from tests.harness.reader import Reader
from tests.harness.talk import Talk
from tests.harness.wait import until

_COMMANDS = (
    "show", "option mode=card", "pause", "resume", "rotate", "dead", "replay", "preview", "test", "remove"
)  # fmt: skip


@dataclass
class Scene:
    """A group with one person of each role, each in talk with the bot and signed in."""

    house: House
    group: Group
    people: Mapping[Role, Person]
    readers: Mapping[Role, Reader]
    talks: Mapping[Role, Talk]

    async def connect(self) -> tuple[Connection, str]:
        """Return a new connection and its secret."""
        connections = self.house.app.bridges.connections
        await self.talks[Role.OWNER].ask(f"connect github {self.group.slug}")
        made = (await connections.in_room(self.group.posts_id))[-1].id
        secret = await connections.show_secret(made)
        return await connections.get(made), secret

    async def now(self, connection: Connection) -> Connection:
        return await self.house.app.bridges.connections.get(connection.id)

    async def calls(self, connection: Connection, secret: str, call: github.GithubCall) -> int:
        url = f"{self.house.app.config.hooks_url}/hooks/{connection.id}"
        return await post(url, call.body, call.headers(secret))

    async def worked_off(self) -> None:
        async def none() -> bool:
            return not await self.house.app.bridges.deliveries.waiting(limit=1)

        await until(none, "all calls are worked off", within=30)

    async def shown_in_room(self, title: str) -> bool:
        page = await self.house.app.trays.bot.messages(self.group.posts_id, backwards=True)
        return any(title in event.content.text("body") for event in page.events)


@pytest.fixture(scope="module")
async def scene(homeserver, tmp_path_factory) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("house")
        house = await stack.enter_async_context(
            open_house(folder, homeserver, settings="outgoing: {private_hosts: [127.0.0.1]}")
        )
        people = {role: await house.person(role.value) for role in Role}
        group = await house.group("Verger", [*people.values()])
        roles = {person.user_id: role for role, person in people.items()}
        group = await house.app.spaces.reconciler.alter(
            group, lambda now: replace(now, roles=with_roles(roles))
        )
        readers = {role: await Reader.signed_in(house.url, one) for role, one in people.items()}
        for reader in readers.values():
            stack.push_async_callback(reader.close)
        talks = {role: await Talk.begin(house, one) for role, one in people.items()}
        yield Scene(house, group, people, readers, talks)


def _opened(number: int, **changes: object) -> github.GithubCall:
    pull = github.pull_request(number, 0, **{"title": f"Semis {number}", **changes})
    return github.call("pull_request", "opened", pull_request=pull)


async def test_the_bot_obeys_owners_alone(scene: Scene):
    connection, _ = await scene.connect()

    async def ask(role: Role) -> list[bool]:
        told = [
            await scene.talks[role].ask(f"connection {_named(command, connection, scene)}")
            for command in _COMMANDS
        ]
        return [answer.startswith("Seuls les") for answer in told]

    others = [role for role in Role if role is not Role.OWNER]
    refused = await asyncio.gather(*(ask(role) for role in others))
    untouched = await scene.now(connection)
    obeyed = await ask(Role.OWNER)

    assert refused == [[True] * len(_COMMANDS)] * len(others)
    assert untouched == connection
    assert obeyed == [False] * len(_COMMANDS)
    assert (await scene.now(connection)).state == "removed"


async def test_a_groups_cards_speak_its_language(scene: Scene):
    connection, secret = await scene.connect()
    owner, slug = scene.talks[Role.OWNER], scene.group.slug

    before = await scene.calls(connection, secret, _opened(91, title="Avant"))
    await until(lambda: scene.shown_in_room("Ouvert · Demande de fusion"), "the card in French")
    await owner.ask(f"group language {slug} en")
    after = await scene.calls(connection, secret, _opened(92, title="Après"))
    await until(lambda: scene.shown_in_room("Open · Pull request"), "the card in English")
    await owner.ask(f"group language {slug} fr")

    assert (before, after) == (200, 200)


async def test_the_pages_obey_owners_alone(scene: Scene):
    connection, _ = await scene.connect()
    page, group = f"/connections/{connection.page}", f"/groups/{scene.group.slug}"

    async def try_all(role: Role) -> list[int]:
        reader = scene.readers[role]
        seen = await reader.get(page)
        sent = [
            await reader.send(group, f"{page}/settings", command=f"connection {command.split()[0]}")
            for command in _COMMANDS
            if command not in {"show", "dead"}
        ]
        return [seen.status, *(answer.status for answer in sent)]

    others = [role for role in Role if role is not Role.OWNER]
    refused = await asyncio.gather(*(try_all(role) for role in others))
    untouched = await scene.now(connection)
    obeyed = await try_all(Role.OWNER)

    assert refused == [[404] * 9] * len(others)
    assert untouched == connection
    # Nothing was put aside that could be read again.
    assert obeyed == [200, 200, 200, 200, 200, 422, 200, 200, 200]
    assert (await scene.now(connection)).state == "removed"


async def test_what_an_owner_leaves_out_is_not_told_and_counted(scene: Scene):
    connection, secret = await scene.connect()
    talk, reader = scene.talks[Role.OWNER], scene.readers[Role.OWNER]
    wrong = await talk.ask(f"connection option {connection.short} only=pul_request.opened")
    right = await talk.ask(
        f'connection option {connection.short} only=pull_request.* actors="!zoe,!dependabot[bot]"'
    )
    page = f"/connections/{connection.page}"
    form = (await reader.get(page)).text
    sent = await reader.send(
        page, f"{page}/settings", command="connection option", fields="Autor", only="", mode="flat"
    )
    mended = await reader.send(
        page, f"{page}/settings", command="connection option", fields="Auteur", only="", mode="flat"
    )
    told = _opened(1)
    kept = github.call("pull_request", "opened", by="zoe", pull_request=github.pull_request(2, 0))
    assert [await scene.calls(connection, secret, one) for one in (told, kept)] == [200, 200]
    await scene.worked_off()
    shown = await talk.ask(f"connection show {connection.short}")

    assert "pull_request.opened" in wrong
    assert "pull_request.*" in right
    assert "!dependabot[bot]" in form.replace("&#91;", "[")
    assert (sent.status, mended.status) == (422, 200)
    assert "Auteur, " in sent.text
    assert (await scene.now(connection)).options.fields == ("Author",)
    assert "1 × personne écartée" in shown
    assert "une publication par événement" in shown
    await until(lambda: scene.shown_in_room("Semis 1"), "what is wanted is told")
    assert not await scene.shown_in_room("Répare la connexion")


async def test_what_was_put_aside_is_listed_and_told_once_it_can_be_read(scene: Scene):
    connection, secret = await scene.connect()
    talk = scene.talks[Role.OWNER]
    spoilt = sa.update(connections_table).where(connections_table.c.id == connection.id)
    database = scene.house.app.trays.database
    await database.write(Change(spoilt.values(options='{"evnts": []}')))
    assert await scene.calls(connection, secret, _opened(21)) == 200
    await scene.worked_off()
    dead = await talk.ask(f"connection dead {connection.short}")
    sheet = (await scene.readers[Role.OWNER].get(f"/connections/{connection.page}")).text
    seen = await _group_pages(scene, connection)
    still = await talk.ask(f"connection replay {connection.short} 999999")
    await talk.ask(f"connection option {connection.short} {scene.group.slug} bots=no")
    again = await talk.ask(f"connection replay {connection.short}")

    assert "options étaient illisibles" in dead
    assert "1 appel mis de côté" in sheet
    assert "1 appel mis de côté" in seen[Role.OWNER]
    assert f"/connections/{connection.page}" not in seen[Role.MEMBER]
    assert "mis de côté" not in seen[Role.MEMBER]
    assert "ne peut être relu" in still
    assert "1 appel" in again
    await until(lambda: scene.shown_in_room("Semis 21"), "what was put aside is told", within=30)
    await scene.worked_off()
    assert "Rien" in await talk.ask(f"connection dead {connection.short}")


async def test_a_case_that_an_owner_forgets_is_gone_from_the_feed_too(scene: Scene):
    connection, secret = await scene.connect()
    owner, page = scene.readers[Role.OWNER], f"/connections/{connection.page}"
    assert await scene.calls(connection, secret, _opened(41, title="Dossier de Zoé")) == 200

    async def shown() -> bool:
        return "Dossier de Zoé" in (await owner.get(f"/groups/{scene.group.slug}")).text

    async def gone() -> bool:
        return not await shown()

    await until(shown, "the card stands in the feed", within=30)
    refused = await scene.talks[Role.MEMBER].ask(f"case forget {connection.short} 41")
    unknown = await owner.send(page, f"{page}/settings", command="case forget", case="#404")
    done = await owner.send(page, f"{page}/settings", command="case forget", case="#41")
    await until(gone, "it is gone from the feed", within=30)
    counted = await scene.talks[Role.OWNER].ask(f"case forget {connection.short} 41")

    assert "connais" in refused
    assert (unknown.status, done.status) == (422, 200)
    assert "2 messages de" in done.text
    assert "41" in counted  # Nobody knows it any more.


async def test_a_new_secret_is_shown_on_the_page_alone_and_the_old_one_goes_on(scene: Scene):
    connection, secret = await scene.connect()
    page, reader = f"/connections/{connection.page}", scene.readers[Role.OWNER]
    answer = await scene.talks[Role.OWNER].ask(f"connection rotate {connection.short}")
    shown, again = (await reader.get(page)).text, (await reader.get(page)).text
    new = re.search(r'id="given" readonly value="([^"]+)"', shown)[1]
    calls = [await scene.calls(connection, one, _opened(30)) for one in (secret, new, "wrong")]
    once_more = await scene.talks[Role.OWNER].ask(f"connection rotate {connection.short}")
    known = scene.house.app.bridges.connections.secrets_of(await scene.now(connection))

    assert page in answer
    assert not {secret, new} & set(re.split(r"\W", answer + once_more))
    assert new not in answer
    assert new not in again
    assert "ancien secret" in again
    assert calls == [200, 200, 401]
    assert known[1] == new


async def test_an_owner_chooses_how_calls_are_proved(scene: Scene):
    talk, reader = scene.talks[Role.OWNER], scene.readers[Role.OWNER]
    connections = scene.house.app.bridges.connections
    wrong = await talk.ask(f"connect grafana {scene.group.slug} scheme=jwt")
    made = await talk.ask(f"connect grafana {scene.group.slug} scheme=hmac-time")
    connection = (await connections.in_room(scene.group.posts_id))[-1]
    page = f"/connections/{connection.page}"
    timed = (await reader.get(page)).text
    changed = await reader.send(
        page, f"{page}/settings", command="connection scheme", scheme="basic"
    )
    again = await talk.ask(f"connection scheme {connection.short} basic")
    basic = (await reader.get(page)).text
    known = await connections.get(connection.id)

    assert "hmac-time" in wrong
    assert "X-Grafana-Alerting-Timestamp" in made
    assert "X-Grafana-Alerting-Timestamp" in timed
    assert 'value="jwt"' not in timed
    assert changed.status == 200
    assert "déjà" in again
    assert "HTTP Basic" in basic
    assert "HMAC" not in basic
    assert re.search(r'id="given" readonly value="parvis:', basic)
    assert (known.scheme, known.old_scheme) == ("basic", "hmac-time")


async def test_a_connection_whose_app_makes_the_secret_is_not_switched_on_without_it(scene: Scene):
    talk, reader = scene.talks[Role.OWNER], scene.readers[Role.OWNER]
    connections = scene.house.app.bridges.connections
    await talk.ask(f"connect trello {scene.group.slug}")
    connection = (await connections.in_room(scene.group.posts_id))[-1]
    page = f"/connections/{connection.page}"
    await talk.ask(f"connection pause {connection.short}")
    refused = await talk.ask(f"connection resume {connection.short}")
    await reader.send(page, page, secret="celui de Trello")
    resumed = await talk.ask(f"connection resume {connection.short}")

    assert page in refused
    assert (await connections.get(connection.id)).state == "waiting"
    assert "de nouveau" in resumed


async def test_who_pauses_and_removes_a_source_on_its_page_sees_it_on_the_groups(scene: Scene):
    connection, secret = await scene.connect()
    page, reader = f"/connections/{connection.page}", scene.readers[Role.OWNER]
    await reader.send(page, f"{page}/settings", command="connection pause")
    paused = await _group_pages(scene, connection)
    refused = await scene.calls(connection, secret, _opened(40))
    await reader.send(page, f"{page}/settings", command="connection resume")
    taken = await scene.calls(connection, secret, _opened(40))
    removed = await reader.send(page, f"{page}/settings", command="connection remove")
    gone = await scene.calls(connection, secret, _opened(41))

    async def forgotten() -> bool:
        state = await scene.house.app.trays.bot.state_content(
            scene.group.posts_id, "org.parvis.connection", connection.short
        )
        return not (state and state.text("name"))

    assert "en pause" in paused[Role.OWNER]
    assert "en pause" in paused[Role.MEMBER]
    assert (refused, taken, gone) == (404, 200, 404)
    assert removed.url.endswith(f"/groups/{scene.group.slug}")
    assert page not in removed.text
    await until(forgotten, "the room no longer says that it is fed")
    assert (await reader.get(page)).status == 404


async def test_a_page_offers_what_can_be_done_and_folds_steps_that_are_done(scene: Scene):
    connection, secret = await scene.connect()
    page, reader = f"/connections/{connection.page}", scene.readers[Role.OWNER]
    new = (await reader.get(page)).text
    await scene.calls(connection, secret, _opened(43))

    async def called() -> bool:
        return (await scene.now(connection)).last_delivery is not None

    await until(called, "the call is worked off")
    runs = (await reader.get(page)).text
    await reader.send(page, f"{page}/settings", command="connection pause")
    paused = (await reader.get(page)).text
    settings = f"/groups/{scene.group.slug}/settings"

    assert "Relier GitHub à" in new
    assert "Étapes dans GitHub" not in new
    assert f"GitHub dans {scene.group.name}" in runs
    assert "Étapes dans GitHub" in runs
    assert _offered(runs) - _offered(paused) == {"connection pause"}
    assert _offered(paused) - _offered(runs) == {"connection resume"}
    assert "connection replay" not in _offered(runs) | _offered(paused)
    assert "group restore" not in _offered((await reader.get(settings)).text)


def _offered(page: str) -> set[str]:
    """Return the commands whose forms stand on *page*."""
    return set(re.findall(r'name="command" value="([^"]+)"', page))


async def test_a_preview_shows_what_would_be_told_and_sends_nothing(scene: Scene):
    connection, secret = await scene.connect()
    talk, owner = scene.talks[Role.OWNER], scene.people[Role.OWNER]
    sample = await talk.ask(
        f"connection preview {connection.short} issues.opened-without-description"
    )
    unknown = await talk.ask(f"connection preview {connection.short} issue.opened")
    await talk.ask(f"connection option {connection.short} except=issues.opened")
    withheld = await talk.ask(
        f"connection preview {connection.short} issues.opened-without-description"
    )
    assert await scene.calls(connection, secret, _opened(50)) == 200
    await scene.worked_off()
    elsewhere = await scene.house.group(
        "Serre", [owner, await scene.house.person("passante")], chat=True
    )
    await owner.post(
        elsewhere.chat_id, f"!parvis connection preview {connection.short} group={scene.group.slug}"
    )
    bot = scene.house.app.trays.bot.user_id
    aloud = await owner.hears(
        elsewhere.chat_id,
        lambda one: one.sender == bot and "lisent ici" in getattr(one, "body", ""),
    )
    last = await talk.ask(f"connection preview {connection.short}")

    assert "Écran noir au démarrage" in sample
    assert "issues.opened" in unknown
    assert "événement écarté" in withheld
    assert "Semis" not in aloud.body
    assert "Semis 50" in last
    assert not await scene.shown_in_room("Écran noir")


def _named(command: str, connection: Connection, scene: Scene) -> str:
    word, _, rest = command.partition(" ")
    return f"{word} {connection.short} {rest} group={scene.group.slug}"


async def _group_pages(scene: Scene, connection: Connection) -> Mapping[Role, str]:
    """Return the group's page as each role sees it, once it knows the source."""
    address, owner = f"/groups/{scene.group.slug}", scene.readers[Role.OWNER]

    async def known() -> bool:
        return connection.page in (await owner.get(address)).text

    await until(known, "the page knows the source")
    return {role: (await reader.get(address)).text for role, reader in scene.readers.items()}


async def test_a_feed_is_connected_by_its_address_and_says_how_it_stands(scene: Scene):
    owner, slug = scene.talks[Role.OWNER], scene.group.slug
    connections = scene.house.app.bridges.connections
    before = len(await connections.in_room(scene.group.posts_id))
    async with open_newsstand("Les pommes sont mûres") as stand:
        unnamed = await owner.ask(f"connect rss {slug}")
        wrong = await owner.ask(f"connect rss {slug} verger.example")
        assert "https://blog.example.org/feed.xml" in unnamed
        assert "https://blog.example.org/feed.xml" in wrong
        assert len(await connections.in_room(scene.group.posts_id)) == before

        answer = await owner.ask(f"connect rss {slug} {stand.url}")
        assert "127.0.0.1" in answer
        connection = (await connections.in_room(scene.group.posts_id))[-1]
        await until(lambda: scene.shown_in_room("Les pommes sont mûres"), "its entry", within=30)
        shown = await owner.ask(f"connection show {connection.short} {slug}")
        assert "fonctionne, lue" in shown
        assert "/feed" not in shown

        page = await scene.readers[Role.OWNER].get(f"/connections/{connection.page}")
        assert "fonctionne, lue" in page.text
        assert "/hooks/" not in page.text
        stand.status = 404
        other = f"{stand.url}?autre"
        await owner.ask(f"connection option {connection.short} {slug} source={other}")

        async def fails() -> bool:
            said = await owner.ask(f"connection show {connection.short} {slug}")
            return "HTTP 404" in said

        await until(fails, "the bot says what is wrong", within=30)
        await owner.ask(f"connection remove {connection.short} {slug}")
        left = await connections.in_room(scene.group.posts_id)
        assert connection.short not in [one.short for one in left]


async def test_a_server_is_asked_once_its_token_was_pasted_on_the_page(scene: Scene):
    owner, slug, reader = scene.talks[Role.OWNER], scene.group.slug, scene.readers[Role.OWNER]
    connections = scene.house.app.bridges.connections
    async with open_fediverse() as server:
        server.write("Les poires aussi ?", mentions=True)
        answer = await owner.ask(f'connect mastodon {slug} "{server.url}, #velo, mentions"')
        connection = (await connections.in_room(scene.group.posts_id))[-1]
        page = f"/connections/{connection.page}"
        waiting = await reader.get(page)
        kept = await reader.send(page, page, secret=TOKEN)
        await until(lambda: scene.shown_in_room("Les poires aussi ?"), "the card", within=30)
        works = await reader.get(page)
        refused = await owner.ask(
            f'connection option {connection.short} {slug} source="https://ailleurs.example"'
        )
        rotated = await owner.ask(f"connection rotate {connection.short} {slug}")
        shown = await owner.ask(f"connection show {connection.short} {slug}")
        await owner.ask(f"connection remove {connection.short} {slug}")

    assert "jeton d’accès" in answer
    assert "attend" in waiting.text
    assert "Le jeton d’accès pour 127.0.0.1" in waiting.text
    assert "Le jeton d’accès est gardé" in kept.text
    assert "fonctionne, lue" in works.text
    assert "ne vaut que pour 127.0.0.1" in refused
    assert "avec l’ancien" in rotated
    assert "fonctionne, lue" in shown
    assert "/hooks/" not in works.text
    pages = (waiting.text, kept.text, works.text, answer, refused, rotated, shown)
    assert not any(TOKEN in text for text in pages)


async def test_an_owner_takes_over_what_hookshot_feeds_a_room_of_theirs_with(scene: Scene):
    owner, slug = scene.people[Role.OWNER], scene.group.slug
    connections, prefix = scene.house.app.bridges.connections, "uk.half-shot.matrix-hookshot."
    settings = {
        f"{prefix}github.repository": {
            "org": "verger",
            "repo": "semis",
            "prDiff": {"enabled": True},
        },
        f"{prefix}feed": {
            "url": "http://127.0.0.1:9/carnet?cle=4711-secrete",
            "label": "Le carnet",
        },
        f"{prefix}figma.file": {"fileId": "abc"},
    }
    initial = [{"type": one, "state_key": "k", "content": said} for one, said in settings.items()]
    bot = scene.house.app.trays.bot.user_id
    old = await owner.create_room(preset=None, initial_state=initial)
    command = f"connection import hookshot {old} {slug}"

    async def bot_is_in() -> bool:
        members = (await owner.client.joined_members(old)).members
        return bot in [member.user_id for member in members]

    async def feeding() -> list[str]:
        return [one.options.name for one in await connections.in_room(scene.group.posts_id)]

    before = await feeding()
    not_in = await scene.talks[Role.OWNER].ask(command)
    await owner.client.room_invite(old, bot)
    await until(bot_is_in, "the bot is in the old room")
    await owner.client.room_invite(old, scene.people[Role.MODERATOR].user_id)
    other = await scene.talks[Role.MODERATOR].ask(command)
    foreign = await scene.house.group("Friche", [scene.people[Role.MODERATOR]])
    theirs = await scene.talks[Role.MODERATOR].ask(
        f"connection import hookshot {old} {foreign.slug}"
    )
    shown = await scene.talks[Role.OWNER].ask(command)
    untouched = await feeding()
    page, reader = f"/groups/{slug}/settings", scene.readers[Role.OWNER]
    sent = {"command": "connection import", "bridge": "hookshot", "room": old, "confirm": "yes"}
    made = await reader.send(page, page, **sent)
    again = await scene.talks[Role.OWNER].ask(f"{command} confirm=yes")
    after = await feeding()

    assert "Invitez-moi" in not_in
    assert other.startswith("Seuls les")
    assert "Invitez-moi" in theirs
    assert "verger/semis" in shown
    assert "perdu" in shown
    assert "figma" in shown
    assert "4711" not in shown
    assert untouched == before
    assert made.status == 200
    assert "4711" not in made.text
    assert "hookshot" in made.text
    assert sorted(after[len(before) :]) == ["Le carnet", "verger/semis"]
    assert "Il n’y a rien à faire" in again
