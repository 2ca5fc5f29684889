"""Mentions and hashtags of a Mastodon server become cards: each once, whatever happens to either side."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from appservice.commands.grammar import Request
from appservice.commands.letters import Letters
from appservice.commands.requests import RequestStore
from appservice.database import Change
from appservice.errors import CommandError
from appservice.ids import RoomId, UserId
from appservice.languages import Language, phrases
from appservice.vault import Vault
from bridges.asking import Asking
from bridges.commands import Connected, ConnectionCommands
from bridges.connection import ConnectionState
from bridges.options import Options
from bridges.pulling.store import REFUSALS
from bridges.replies import REPLIES
from bridges.steering import SteeringCommands
from bridges.store import pulls_table
from bridges.watch import Audience, Watch
from tests.harness.fediverse import TOKEN, open_fediverse
from tests.harness.unsent import ROOM, Unsent, open_unsent

_ANA, _BEN = UserId("@ana:parvis.test"), UserId("@ben:parvis.test")


async def _titles(unsent: Unsent) -> list[str]:
    return [card["title"] for card in await unsent.cards()]


async def test_the_first_reading_tells_the_newest_of_each_part_and_then_each_post_once(
    database_url: str,
):
    async with open_fediverse() as server, open_unsent(database_url) as unsent:
        for number in range(5):
            server.write(f"Piste {number}", "velo")
        for number in range(4):
            server.write(f"Bonjour {number}", mentions=True)
        identifier = await unsent.connect(
            "mastodon", f"{server.url}, mentions, #Velo, #ville", token=TOKEN
        )
        await unsent.ask(identifier)
        first = await _titles(unsent)
        server.write("Les trois", "velo", "ville", mentions=True)
        await unsent.ask(identifier)
        await unsent.ask(identifier)
        cards, posts = await unsent.cards(), await unsent.posts()

    assert first == [f"Piste {n}" for n in (2, 3, 4)] + [f"Bonjour {n}" for n in (1, 2, 3)]
    assert [card["title"] for card in cards] == [*first, "Les trois"]
    assert cards[-1]["state"] == {"word": "No reply yet", "class": "open"}
    assert cards[-1]["labels"] == ["velo", "ville"]
    assert len([one for one in posts if "m.relates_to" not in one]) == 7
    assert set(server.proofs) == {f"Bearer {TOKEN}"}
    assert len(server.asked) == 9


async def test_after_an_outage_every_page_is_read_and_nothing_is_lost_or_told_twice(
    database_url: str,
):
    key = Vault.new_key()
    async with open_fediverse() as server:
        async with open_unsent(database_url, key=key) as unsent:
            server.write("Avant", "velo")
            identifier = await unsent.connect("mastodon", f"{server.url}, #velo")
            await unsent.ask(identifier)
            server.status = 503
            away = await unsent.ask(identifier)
        server.status = 200
        for number in range(130):
            server.write(f"Article {number}.", "velo")
        async with open_unsent(database_url, key=key) as unsent:
            back = await unsent.ask(identifier)
            # Worse than any crash: what was seen is forgotten.
            await unsent.trays.database.write(Change(sa.delete(pulls_table)))
            await unsent.ask(identifier)
            posts = await unsent.posts()

    told = [post["body"] for post in posts]
    places = [
        [place for place, body in enumerate(told) if f"Article {number}." in body]
        for number in range(130)
    ]
    assert (away.trouble, back.trouble, back.failures) == ("HTTP 503", "", 0)
    assert all(len(place) == 1 for place in places)
    assert places == sorted(places)
    assert len([one for one in server.asked if "min_id" in one]) == 5
    assert set(server.proofs) == {""}


async def test_an_edit_and_a_reply_renew_the_card_while_they_are_seen(sqlite_url: str):
    async with open_fediverse() as server, open_unsent(sqlite_url) as unsent:
        number = server.write("Quand rouvre la passerelle ?", mentions=True)
        identifier = await unsent.connect("mastodon", server.url, token=TOKEN)
        await unsent.ask(identifier)
        server.statuses[number] |= {
            "content": "<p>Quand rouvre la passerelle Sud ?</p>",
            "edited_at": "2026-05-04T10:00:00.000Z",
        }
        await unsent.ask(identifier)
        (edited,) = await unsent.cards()
        server.statuses[number]["replies_count"] = 1
        await unsent.ask(identifier)
        (answered,) = await unsent.cards()
        server.statuses[number] |= {
            "spoiler_text": "Travaux",
            "edited_at": "2026-05-04T11:00:00.000Z",
        }
        await unsent.ask(identifier)
        await unsent.ask(identifier)
        (warned,), posts = await unsent.cards(), await unsent.posts()

    assert edited["title"] == "Quand rouvre la passerelle Sud ?"
    assert edited["state"]["class"] == "open"
    assert answered["state"] == {"word": "Has replies", "class": "done"}
    assert (warned["title"], warned["excerpt"]) == ("Travaux", "")
    assert len(posts) == 4


async def test_what_is_not_for_everybody_is_withheld_and_counted(sqlite_url: str):
    async with open_fediverse() as server, open_unsent(sqlite_url) as unsent:
        identifier = await unsent.connect("mastodon", server.url, token=TOKEN)
        await unsent.ask(identifier)
        for visibility in ("direct", "private", "local", "unlisted"):
            server.write(f"Pour {visibility}", mentions=True, visibility=visibility)
        await unsent.ask(identifier)
        usual = await _titles(unsent)
        withheld = await unsent.bridges.deliveries.withheld(identifier)
        await unsent.bridges.connections.alter(
            identifier, lambda now: Options(source=now.source, confidential=True)
        )
        server.write("Encore direct", mentions=True, visibility="direct")
        await unsent.ask(identifier)
        wanted = await _titles(unsent)

    assert usual == ["Pour unlisted"]
    assert withheld == {"confidential": 3}
    assert wanted == ["Pour unlisted", "Encore direct"]


def _watch(unsent: Unsent, language: Language) -> Watch:
    async def audience(_room: RoomId) -> Audience:
        return Audience("Ateliers", (_ANA, _BEN))

    async def room_of(user_id: UserId) -> RoomId:
        return RoomId(f"!of-{user_id[1:]}")

    letters = Letters(
        outbox=unsent.trays.outbox,
        requests=RequestStore(database=unsent.trays.database),
        room_of=room_of,
        default_language=language,
    )
    return Watch(
        apps=unsent.bridges.apps,
        database=unsent.trays.database,
        connections=unsent.bridges.connections,
        deliveries=unsent.bridges.deliveries,
        pulls=unsent.bridges.pulling.pulls,
        sides=unsent.bridges.sides,
        denials=lambda: unsent.bridges.catching.denials,
        letters=letters,
        audience=audience,
        public_url="https://reseau.example.org",
        at_once=asyncio.Event(),
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.FR, ("refuse ce que", "Préférences", "jeton d’accès", "`connection rotate`")),
        (Language.EN, ("refuses what", "Preferences", "access token", "`connection rotate`")),
    ],
)
async def test_owners_are_told_once_that_the_token_is_not_taken_any_more(
    sqlite_url: str, language: Language, words: tuple[str, ...]
):
    async with open_fediverse() as server, open_unsent(sqlite_url) as unsent:
        identifier = await unsent.connect("mastodon", server.url, token=TOKEN)
        await unsent.ask(identifier)
        watch = _watch(unsent, language)
        await watch.look()
        fine = await unsent.posts()
        server.known = "zQ7-jeton-suivant"
        refused = await unsent.ask(identifier)
        await unsent.ask(identifier)
        for _ in range(3):
            await watch.look()
        told = await unsent.posts()
        await unsent.bridges.connections.take_secret(identifier, server.known)
        mended = await unsent.ask(identifier)

    assert fine == []
    assert refused.trouble == REFUSALS[401]
    assert len(told) == 2
    assert all(word in one["body"] for word in words for one in told)
    assert (mended.trouble, mended.failures) == ("", 0)


async def test_the_token_stands_in_no_table_and_in_no_line_of_the_log(
    sqlite_url: str, capfd: pytest.CaptureFixture[str]
):
    async with open_fediverse() as server, open_unsent(sqlite_url) as unsent:
        server.write("Bonjour", mentions=True)
        identifier = await unsent.connect("mastodon", server.url, token=TOKEN)
        await unsent.ask(identifier)
        server.known = "zQ7-jeton-suivant"
        await unsent.ask(identifier)
        await _watch(unsent, Language.FR).look()
        tables = await unsent.trays.database.read(
            sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")
        )
        rows = [
            str(row)
            for (name,) in tables
            for row in await unsent.trays.database.read(sa.text(f'SELECT * FROM "{name}"'))
        ]

    assert any("Bonjour" in row for row in rows)
    assert not any(TOKEN in row for row in rows)
    assert not any(TOKEN in text for text in (*capfd.readouterr(), *map(str, unsent.reports)))


async def test_too_many_calls_a_hashtag_that_nobody_used_and_a_server_that_is_gone(
    sqlite_url: str,
):
    end = datetime.now(UTC) + timedelta(hours=3)
    async with open_fediverse() as server, open_unsent(sqlite_url) as unsent:
        identifier = await unsent.connect("mastodon", f"{server.url}, #personne")
        unused = await unsent.ask(identifier)
        server.write("Le premier", "personne")
        await unsent.ask(identifier)
        used = await _titles(unsent)
        server.status = 429
        server.headers = {"X-RateLimit-Reset": end.isoformat().replace("+00:00", "Z")}
        waits = await unsent.ask(identifier)
        server.headers = {"Retry-After": "7200", "X-RateLimit-Reset": "2001-01-01T00:00:00Z"}
        told = await unsent.ask(identifier)
        server.status, server.headers = 404, {}
        wrong = await unsent.connect("mastodon", server.url, token=TOKEN)
        absent = await unsent.ask(wrong)
        server.status = 410
        gone = await unsent.ask(identifier)

    assert (unused.trouble, unused.failures) == ("", 0)
    assert used == ["Le premier"]
    assert waits.due >= end.timestamp() * 1000 - 1000
    assert time.time() * 1000 + 7_000_000 < told.due < end.timestamp() * 1000
    assert absent.trouble == "HTTP 404"
    assert gone.stopped
    assert len(unsent.reports) == 1


class _Owner:
    """Ana owns the one group there is."""

    name, posts_id = "Ateliers", ROOM

    async def may_manage(self, user_id: UserId, room_id: RoomId) -> bool:
        return (user_id, room_id) == (_ANA, ROOM)

    async def find_in(self, _room: RoomId, _text: str, _user: UserId) -> "_Owner":
        return self

    async def members_alone_read(self, _room: RoomId, _posts: RoomId) -> bool:
        return True


def _request(**arguments: str) -> Request:
    return Request(_ANA, ROOM, "$asked", Language.EN, arguments, is_admin=False)


async def test_mentions_wait_for_a_token_which_no_other_server_is_ever_sent(sqlite_url: str):
    async with (
        open_fediverse() as server,
        open_fediverse() as other,
        open_unsent(sqlite_url) as unsent,
    ):
        bridges = unsent.bridges
        asking = Asking(connections=bridges.connections, rights=_Owner())
        common = {
            "apps": bridges.apps,
            "connections": bridges.connections,
            "outbox": unsent.trays.outbox,
            "asking": asking,
            "pulling": bridges.pulling,
            "public_url": "https://reseau.example.org",
        }
        commands = ConnectionCommands(**common)
        steering = SteeringCommands(**common, deliveries=bridges.deliveries)
        made = await commands.connect(_request(app="mastodon", group=f"{server.url},mentions"))
        (connection,) = await bridges.connections.in_room(ROOM)
        asked_before = list(server.asked)
        await bridges.connections.take_secret(connection.id, TOKEN)
        await unsent.ask(connection.id)
        with pytest.raises(CommandError) as refused:
            await steering.option(
                _request(connection=connection.short, source=f"{other.url}, mentions")
            )
        more = await steering.option(
            _request(connection=connection.short, source=f"{server.url}, mentions, #velo")
        )
        rotated = await steering.rotate(_request(connection=connection.short))
        open_tags = await commands.connect(
            _request(app="mastodon", group="", source=f"{other.url}, #velo")
        )
        without = await commands.connect(
            _request(app="mastodon", group="", source=f"{other.url}, mentions", scheme="uncalled")
        )
        (lacking,) = [
            one for one in await bridges.connections.in_room(ROOM) if one.short == without.short
        ]
        lacks = await unsent.ask(lacking.id)

    assert (connection.state, made.asks) == (ConnectionState.WANTING, True)
    assert (made.scheme, asked_before) == ("access", [])
    assert "as soon as [this page]" in REPLIES[Connected](made, phrases(Language.EN))
    assert "dès que [cette page]" in REPLIES[Connected](made, phrases(Language.FR))
    assert "127.0.0.1 alone" in phrases(Language.EN)(refused.value.message, **refused.value.values)
    assert more.options.source.endswith("#velo")
    assert rotated.asks
    assert (open_tags.scheme, open_tags.asks) == ("uncalled", False)
    assert "`connection scheme`" in lacks.trouble
    assert not any(other.proofs)
