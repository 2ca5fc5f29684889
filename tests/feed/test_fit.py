"""The directory says why a group may be for its reader, from what they may know already."""

import re
from dataclasses import replace
from pathlib import Path

from spaces.people import DirectoryPerson
from spaces.vocabulary import Access
from tests.harness.homeserver import HomeserverForTests
from tests.harness.house import House, open_house
from tests.harness.reader import Reader
from tests.harness.wait import until

_NB = "\u00a0"


async def _said(reader: Reader, language: str = "fr") -> dict[str, str]:
    """Return what the directory says of each group, by its address."""
    page = (await reader.get("/groups", {"Accept-Language": language})).text
    pieces = re.split(r'<h3><a href="/groups/', page)[1:]
    found = {
        piece.partition('"')[0]: re.search(r'<p class="fit">(.*?)</p>', piece) for piece in pieces
    }
    return {slug: re.sub(r"<[^>]+>", "", one[1]).strip() for slug, one in found.items() if one}


async def _ruled(house: House, group, rule: str) -> None:
    await house.app.spaces.reconciler.alter(group, lambda now: replace(now, rule=rule))


async def test_the_directory_says_why_a_group_may_be_for_its_reader(
    homeserver: HomeserverForTests, tmp_path: Path
):
    async with open_house(tmp_path, homeserver) as house:
        ana, zoe, malik, leo = [await house.person(name) for name in ("ana", "zoe", "malik", "leo")]
        alter = house.app.spaces.reconciler.alter
        await house.app.spaces.people.take_over(
            "test",
            [DirectoryPerson(one.user_id, attributes={"Site": ("Lyon",)}) for one in house.people],
        )
        await house.group("Tous", [zoe, ana, malik, leo], kind="general")
        below = await house.group("Semis", [zoe, ana, malik])
        above = await house.group("Serre", [zoe])
        site = await house.group("Rhône", [leo])
        met = await house.group("Cuisine", [zoe, malik, leo])
        hardly = await house.group("Chorale", [leo])
        private = await house.group("Comité", [zoe, malik], access=Access.PRIVATE)
        secret = await house.group("Cession", [zoe, malik], access=Access.SECRET)
        asleep = await house.group("Moulin", [zoe, malik])
        for one in (site, private, secret):
            await _ruled(house, one, "site = lyon")
        await alter(below, lambda now: replace(now, parent=above.declaration.uuid))
        await alter(asleep, lambda now: replace(now, archived=True))
        reader = await Reader.signed_in(house.url, ana)

        async def told() -> bool:
            return {site.slug, above.slug} <= (await _said(reader)).keys()

        await until(told, "the directory knows what was changed", within=20)
        await house.app.machinery.dispatch.idle()
        french = await _said(reader)
        english = await _said(reader, "en")
        invited = await house.group("Tri", [zoe], access=Access.PRIVATE)
        await _ruled(house, invited, "site = lyon")
        await house.app.spaces.members.invite(invited, ana.user_id)

        async def told_of_it() -> bool:
            return (await _said(reader)).get(invited.slug) == "Fait pour Lyon"

        await until(told_of_it, "who is invited learns why", within=20)
        await reader.close()

    assert french == {
        above.slug: f"Au-dessus de «{_NB}Semis{_NB}», où vous êtes · 1 personne de vos groupes y est",
        site.slug: "Fait pour Lyon",
        met.slug: "2 personnes de vos groupes y sont",
    }
    assert hardly.slug not in english
    assert (
        english[above.slug] == "Above “Semis”, where you are · 1 person from your groups is in it"
    )
    assert english[met.slug] == "2 people from your groups are in it"
