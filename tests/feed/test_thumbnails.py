"""Pictures in the feed are small; the original is one click away, and neither is for strangers."""

import struct
import zlib

import pytest

from appservice.formatting import media_path
from appservice.pictures import size_of
from feed.model import Media
from feed.thumbnails import sources
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.reader import Reader


def _png(width: int, height: int) -> bytes:
    """Return a picture of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = (b"\x00" + b"\x1a\x3c\x8c" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


async def _shown(house: House, ana: Person, room_id: str, file: bytes, **about: int) -> str:
    """Post *file* as a picture that nothing is said of; return its address on our pages."""
    answer, _ = await ana.client.upload(
        lambda *_: file, content_type="image/png", filename="IMG_2041.png", filesize=len(file)
    )
    content = {"msgtype": "m.image", "body": "IMG_2041.png", "url": answer.content_uri}
    await house.shows(await ana.send(room_id, "m.room.message", {**content, "info": about}))
    return media_path(answer.content_uri)


async def test_the_feed_shows_small_pictures_and_links_to_the_original(house: House):
    ana = await house.person("ana")
    group = await house.group("Quai", [ana])
    reader = await Reader.signed_in(house.url, ana)
    large = _png(1600, 1200)
    path = await _shown(house, ana, group.posts_id, large, w=1600, h=1200)

    page = (await reader.get("/")).text
    status, small, kind = await reader.raw(f"{path}?width=320")

    assert f'<a class="picture" href="{path}"><img src="{path}?width=800"' in page
    assert f'srcset="{path}?width=320 320w, {path}?width=640 640w, {path}?width=800 800w"' in page
    assert (status, size_of(small)) == (200, (320, 240))
    assert kind.startswith("image/")
    assert await reader.raw(path) == (200, large, "image/png")
    assert await reader.raw(f"{path}?width=5000") == (200, large, "image/png")
    stranger = await Reader.signed_in(house.url, await house.person("paul"))
    assert (await stranger.raw(f"{path}?width=320"))[0] == 404
    await stranger.close()
    await reader.close()


async def test_a_picture_that_the_homeserver_cannot_make_small_is_given_whole(house: House):
    ana = await house.person("ana")
    group = await house.group("Quai", [ana])
    reader = await Reader.signed_in(house.url, ana)
    broken = _png(8, 8)[:40]

    path = await _shown(house, ana, group.posts_id, broken)

    assert await reader.raw(f"{path}?width=320") == (200, broken, "image/png")
    await reader.close()


async def test_a_picture_alone_is_called_by_who_posted_it_and_found_by_its_name(house: House):
    ana = await house.person("ana")
    group = await house.group("Quai", [ana])
    reader = await Reader.signed_in(house.url, ana)
    await _shown(house, ana, group.posts_id, _png(8, 8), w=8, h=8)

    french = (await reader.get("/")).text
    found = (await reader.get("/search?q=img_2041")).text

    assert ">Image publiée par Ana</a></h2>" in french
    assert ">Image publiée par Ana</a></h2>" in found
    assert "IMG_2041.png</a></h2>" not in french
    await reader.close()


@pytest.mark.parametrize(
    ("width", "height", "whole", "said"),
    [
        (1600, 1200, True, "/m?width=320 320w, /m?width=640 640w, /m?width=800 800w, /m 1600w"),
        (900, 1200, False, "/m?width=320 180w, /m?width=640 360w, /m?width=800 450w"),
        (96, 96, False, "/m?width=320 96w"),
        (96, 96, True, "/m 96w"),
        (0, 96, False, ""),
    ],
)  # fmt: skip
def test_each_source_is_named_with_its_true_width(
    width: int, height: int, *, whole: bool, said: str
):
    media = Media("image", "a", "/m", "", width=width, height=height)

    assert sources(media, whole=whole) == said
