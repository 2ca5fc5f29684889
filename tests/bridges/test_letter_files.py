"""The files of a letter stand below its post, each once, for what they are by their bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appservice.events import RoomEvent
from bridges.options import Options
from tests.bridges.test_letters import Place, another
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import open_hooks
from tests.harness.post import letter, letter_settings
from tests.harness.wait import until

_PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x06\0\0\0\x9dt\x66\x1a"
    b"\0\0\0\0IEND\xaeB\x60\x82"
)


@asynccontextmanager
async def _open_place(
    homeserver: HomeserverForTests, url: str, folder: Path
) -> AsyncIterator[Place]:
    letters = letter_settings(folder=folder)
    registration = homeserver.take_registration()
    async with open_hooks(url, homeserver.url, registration, letters=letters) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        yield await another(hooks)


async def _unpacked(place: Place, folder: Path) -> list[RoomEvent]:
    """Return what stands in the room once no file waits."""

    async def empty() -> bool:
        return not await asyncio.to_thread(lambda: list(folder.glob("*")))

    await until(empty, "no letter is kept for its files")
    return await place.timeline()


async def test_files_stand_below_the_post_once_for_what_they_are(
    homeserver: HomeserverForTests, sqlite_url: str, tmp_path: Path
):
    folder = tmp_path / "letters"
    made = letter("Le plan", "Voir les pièces.", headers={"Message-ID": "<p1@example.org>"})
    made.add_attachment(_PNG, "application", "octet-stream", filename="Été.png")
    page = b"<script>alert(1)</script>"
    made.add_attachment(page, "image", "png", filename="../../@room:x.org\u202e.html")
    for number in range(12):
        made.add_attachment(b"x%d" % number, "text", "plain", filename=f"{number}.txt")
    async with _open_place(homeserver, sqlite_url, folder) as place:
        for _ in range(2):
            assert (await place.sent(made))[0] == 250
            root, picture, script, *others = await _unpacked(place, folder)
        seen = picture.content, script.content
        told = [one.content.text("msgtype") for one in (picture, script)]

        assert root.content.text("org.parvis.card", "title") == "Le plan"
        assert told == ["m.image", "m.file"]
        assert seen[0].text("body") == "Été.png"
        assert seen[0].at("info").fields["w"] == 3
        assert seen[1].text("info", "mimetype") == "application/octet-stream"
        assert "/" not in seen[1].text("body")
        assert "@room" not in seen[1].text("body").replace("\u2060", "|")
        assert "\u202e" not in seen[1].text("body")
        assert len(others) == 8
        assert {one.relation.target for one in (picture, script, *others)} == {root.event_id}


async def test_what_may_not_be_told_is_not_uploaded(
    homeserver: HomeserverForTests, sqlite_url: str, tmp_path: Path
):
    folder = tmp_path / "letters"
    forged = letter("Faux", "x", by="Ana <ana@example.org>", proof="")
    forged.add_attachment(_PNG, "image", "png", filename="a.png")
    plain = letter("Sans", "Rien que des mots.")
    fine = letter("Vrai", "x")
    fine.add_attachment(_PNG, "image", "png", filename="b.png")
    async with _open_place(homeserver, sqlite_url, folder) as place:
        connections = place.hooks.bridges.connections
        await connections.alter(place.connection, lambda _now: Options(fields=("From",)))
        for made in (forged, plain, fine):
            assert (await place.sent(made))[0] == 250
        stands = await _unpacked(place, folder)

    titles = [one.content.text("org.parvis.card", "title") for one in stands]
    assert titles == ["Sans", "Vrai"]


async def test_a_letter_whose_files_cannot_be_kept_is_to_come_again(
    homeserver: HomeserverForTests, sqlite_url: str, tmp_path: Path
):
    folder = tmp_path / "letters"
    folder.write_text("in the way")
    made = letter("Plus tard", "x")
    made.add_attachment(_PNG, "image", "png", filename="a.png")
    async with _open_place(homeserver, sqlite_url, folder) as place:
        refused = await place.sent(made)
        folder.unlink()
        taken = await place.sent(made)
        stands = await _unpacked(place, folder)

    assert (refused[0], taken[0]) == (451, 250)
    assert [one.content.text("msgtype") for one in stands] == ["m.notice", "m.image"]


async def test_of_a_monstrous_letter_the_whole_files_are_shown_in_a_moment(
    homeserver: HomeserverForTests, sqlite_url: str, tmp_path: Path
):
    folder = tmp_path / "letters"
    made = letter("Monstre", "x")
    made.add_attachment(_PNG, "image", "png", filename="a.png")
    made.add_attachment(b"z" * 9_000_000, "application", "x", filename="large.bin")
    raw = made.as_bytes()
    boundary = made.get_boundary().encode()
    head = b"\r\n--%s\r\nContent-Disposition: attachment; filename=" % boundary
    raw = raw.removesuffix(b"--" + boundary + b"--\n") + head + b"y;" * 400_000 + b"\r\n\r\nz"
    raw += (b"\r\n--%s" % boundary) * 100_000
    async with _open_place(homeserver, sqlite_url, folder) as place:
        assert (await place.sent(raw))[0] == 250
        async with asyncio.timeout(20):
            stands = await _unpacked(place, folder)

    assert [one.content.text("body") for one in stands[1:]] == ["a.png", "large.bin"]
