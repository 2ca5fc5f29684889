"""A connection that falls silent is told of once, to the owners of its group, and once when it is back."""

import json

import pytest

from bridges.actions import Refusal, Webhook
from bridges.catching import Denial
from bridges.deliveries import FAREWELL
from bridges.discovery import apps
from bridges.options import Options
from bridges.pulling.store import Pulls, Standing
from bridges.reader import understood
from bridges.readings import Ignored
from bridges.silence import longest_pause
from tests.bridges.apps.goldens import fixtures
from tests.harness.watched import HOUR, open_scene

_DAY = 24 * HOUR


def _every(gap: int, number: int = 30) -> list[int]:
    return [count * gap for count in range(number)]


@pytest.mark.parametrize(
    ("calls", "pause"),
    [
        ([], None),
        (_every(HOUR, 10), None),
        (_every(60_000), _DAY),
        (_every(HOUR, 11), _DAY),
        (_every(4 * HOUR), 40 * HOUR),
        # Busy but for one weekend of sixty hours.
        ([*_every(HOUR), 29 * HOUR + 60 * HOUR], 90 * HOUR),
    ],
)
def test_the_habit_of_a_connection_says_how_long_it_may_be_silent(calls, pause):
    assert longest_pause(calls) == pause


async def test_owners_are_told_once_of_a_silence_and_once_of_its_end(database_url: str):
    async with open_scene(database_url) as scene:
        for _ in range(30):
            await scene.look()
            await scene.call()
        await scene.look(hours=24)
        early = await scene.letters()
        await scene.look(hours=72)
        silent = await scene.connections.get(scene.identifier)
        told = await scene.letters()
        await scene.call()
        await scene.look(hours=5)
        heard = (await scene.letters())[len(told) :]
        after = await scene.connections.get(scene.identifier)

    assert early == []
    assert [room for room, _ in told] == ["!of-ana:parvis.test", "!of-ben:parvis.test"]
    assert "« Ateliers »" in told[0][1].replace("\u202f", " ").replace("\xa0", " ")
    assert "GitLab désactive" in told[0][1]
    assert f"https://reseau.example.org/connections/{silent.page}" in told[0][1]
    assert silent.id not in told[0][1]
    assert silent.is_silent
    assert [room for room, _ in heard] == ["!of-ana:parvis.test", "!of-ben:parvis.test"]
    assert "de nouveau" in heard[0][1]
    assert not after.is_silent


@pytest.mark.parametrize(
    ("app", "given", "says"),
    [
        ("email", {}, "La dernière lettre pour"),
        (
            "rss",
            {"options": Options(source="https://blog.example/feed")},
            "La dernière nouvelle de",
        ),
        ("gitlab", {}, "GitLab se tait"),
    ],
)
async def test_a_silence_is_told_of_as_its_source_is_heard(
    sqlite_url: str, app: str, given: dict, says: str
):
    async with open_scene(sqlite_url, app, **given) as scene:
        for _ in range(30):
            await scene.look()
            await scene.call()
        await scene.look(hours=50)
        told = await scene.letters()

    assert len(told) == 2
    assert says in told[0][1]
    assert ("webhook" in told[0][1]) is (app == "gitlab")


async def test_a_webhook_that_its_app_switched_off_is_told_of_once_until_it_calls_again(
    sqlite_url: str,
):
    async with open_scene(sqlite_url) as scene:
        await scene.call()
        scene.sides.webhook = Webhook(works=True)
        await scene.look(hours=3)
        well = await scene.letters()
        scene.sides.webhook = Webhook(False, "the webhook is not active there")
        await scene.look(hours=30)
        once = await scene.letters()
        await scene.call()
        await scene.look(hours=2)
        again = await scene.letters()

    assert well == []
    assert [room for room, _ in once] == ["!of-ana:parvis.test", "!of-ben:parvis.test"]
    assert "GitLab n’appelle plus pour" in once[0][1]
    assert "le webhook n’y est pas actif" in once[0][1]
    assert "un test le réactive" in once[0][1]
    assert len(again) == 4


async def test_what_was_missed_and_may_not_be_fetched_is_told_of_once_with_the_remedy(
    sqlite_url: str,
):
    async with open_scene(sqlite_url, "trello") as scene:
        await scene.call()
        refusal = Refusal("The token is not known there any more.", denied=True)
        scene.denials[scene.identifier] = Denial(refusal, "1")
        await scene.look(hours=5)
        once = await scene.letters()
        much = Refusal(
            "more than {number} things happened on the board, and only the newest are told.",
            {"number": "6000"},
        )
        scene.denials[scene.identifier] = Denial(much, "2")
        await scene.look(hours=5)
        told = await scene.letters()

    assert len(once) == 2
    assert "Le jeton n’y est pas reconnu" in once[0][1]
    assert "Un jeton qui en a le droit" in once[0][1]
    assert len(told) == 4
    assert "plus de 6000" in told[2][1].replace("\u202f", "")
    assert "jeton" not in told[2][1]


async def test_what_we_were_away_for_is_nobodys_silence(sqlite_url: str):
    async with open_scene(sqlite_url) as scene:
        for _ in range(30):
            await scene.look()
            await scene.call()
        scene.now += 10 * _DAY
        await scene.look(hours=20)
        away = await scene.letters()
        await scene.look(hours=10)
        after = await scene.letters()

    assert away == []
    assert len(after) == 2


async def test_a_paused_connection_or_one_without_habit_is_not_watched(sqlite_url: str):
    async with open_scene(sqlite_url) as scene:
        for _ in range(5):
            await scene.look()
            await scene.call()
        await scene.look(hours=100)
        without_habit = await scene.letters()
        for _ in range(30):
            await scene.look()
            await scene.call()
        await scene.connections.pause(scene.identifier)
        await scene.look(hours=100)
        paused = await scene.letters()

    assert without_habit == paused == []


@pytest.mark.parametrize(
    ("app", "remedy"), [("github", "supprimé le webhook"), ("sentry", "Client Secret")]
)
async def test_an_app_that_says_its_last_word_is_told_of_at_once_and_once(
    sqlite_url: str, app: str, remedy: str
):
    async with open_scene(sqlite_url, app) as scene:
        await scene.call()
        await scene.look()
        early = await scene.letters()
        await scene.call(says=FAREWELL)
        await scene.look(hours=60)
        told = await scene.letters()
        scene.now += HOUR
        await scene.call()
        await scene.look(hours=5)
        heard = (await scene.letters())[len(told) :]

    assert early == []
    assert [room for room, _ in told] == ["!of-ana:parvis.test", "!of-ben:parvis.test"]
    assert remedy in told[0][1]
    assert "annonce la fin" in told[0][1]
    assert [("de nouveau" in text) for _, text in heard] == [True, True]


@pytest.mark.parametrize(("app", "name"), [("github", "meta"), ("sentry", "installation")])
def test_what_an_app_says_when_its_side_is_removed_is_known(app: str, name: str):
    (fixture,) = [one for one in fixtures(app) if one.name == f"{name}.deleted"]
    call = fixture.delivery()

    assert understood(apps()[app], call.headers, json.dumps(fixture.body).encode()) == Ignored(
        FAREWELL
    )


async def test_a_source_that_is_gone_for_good_is_told_of_once(sqlite_url: str):
    source = "https://blog.example/feed"
    async with open_scene(sqlite_url, "rss", options=Options(source=source)) as scene:
        gone = Standing(source, trouble="HTTP 410", stopped=True)
        await Pulls(database=scene.database).settle(scene.identifier, gone)
        await scene.look(hours=3)
        told = await scene.letters()

    assert [room for room, _ in told] == ["!of-ana:parvis.test", "!of-ben:parvis.test"]
    assert "a disparu pour de bon" in told[0][1]
