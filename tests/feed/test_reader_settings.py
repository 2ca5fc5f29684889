"""A page is in its reader's language and zone, and a post in its writer's."""

import aiohttp
import pytest

from tests.harness.house import House
from tests.harness.reader import Reader


@pytest.mark.parametrize(
    ("asked", "found"), [("fr-CA,en;q=0.5", "fr"), ("en-GB", "en"), ("de", "fr")]
)
async def test_the_browser_chooses_the_language_until_the_reader_does(
    house: House, asked: str, found: str
):
    reader, headers = Reader(house.url), {"Accept-Language": asked}
    first = (await reader.get("/login", headers)).text
    other = "en" if found == "fr" else "fr"
    await reader.send("/login", "/you", back="/login", language=other)
    second = (await reader.get("/login", headers)).text
    await reader.close()

    assert f'<html lang="{found}"' in first
    assert f'<html lang="{other}"' in second


async def test_a_post_says_its_language_and_its_time_in_the_readers_zone(house: House):
    ana = await house.person("ana")
    group = await house.group("Fuseaux", [ana])
    reader = await Reader.signed_in(house.url, ana)
    sent = await reader.send(
        "/compose", "/compose", group=group.slug, title="Bonjour", text="", lang="fr"
    )
    root = sent.url.rpartition("/")[2]
    event = await ana.hears(group.posts_id, lambda event: event.event_id == root)
    times = []
    for zone in ("Pacific%2FAuckland", "America/Lima", "no/zone"):
        cookies = {"Cookie": f"parvis-zone={zone}; {_session(reader)}"}
        async with (
            aiohttp.ClientSession(headers=cookies) as session,
            session.get(f"{house.url}/posts/{root}") as answer,
        ):
            times.append((await answer.text()).partition("<time ")[2].partition("</time>")[0])
    await reader.close()

    assert event.source["content"]["org.parvis.post"]["lang"] == "fr"
    assert '<h2 lang="fr"' in sent.text
    assert len(set(times)) == 3
    assert len({text.partition('datetime="')[2][:19] for text in times}) == 1


def _session(reader: Reader) -> str:
    return "; ".join(f"{one.key}={one.value}" for one in reader._session.cookie_jar)
