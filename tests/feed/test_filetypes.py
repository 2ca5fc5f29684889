"""What the first bytes of a file say, and what is left of a hostile name."""

import struct

import pytest

from appservice.filetypes import ANY_TYPE, file_name, type_of
from appservice.pictures import size_of
from parvis.demo.avatars import avatar

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 12, 34)


def jpeg(*, orientation: int = 1, order: str = "<") -> bytes:
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = mark + struct.pack(order + "IH", 8, 1) + entry + b"\x00" * 4
    notes = b"Exif\x00\x00" + tiff
    frame = b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 480, 640)
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(notes) + 2) + notes + b"\xff" + frame


def webp(kind: bytes, rest: bytes) -> bytes:
    return b"RIFF\x00\x00\x00\x00WEBP" + kind + b"\x00" * 4 + rest


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (PNG, (640, 480)),
        (GIF, (12, 34)),
        (jpeg(), (640, 480)),
        (jpeg(orientation=6), (480, 640)),
        (jpeg(orientation=8, order=">"), (480, 640)),
        (webp(b"VP8 ", b"\x00" * 6 + struct.pack("<HH", 0x4000 | 300, 200)), (300, 200)),
        (webp(b"VP8L", b"\x2f" + struct.pack("<I", 299 | 199 << 14)), (300, 200)),
        (webp(b"VP8X", b"\x00" * 4 + b"\x2b\x01\x00\xc7\x00\x00"), (300, 200)),
    ],
)
def test_a_picture_tells_its_size(head: bytes, size: tuple[int, int]):
    assert size_of(head) == size


@pytest.mark.parametrize("head", [PNG, GIF, jpeg(orientation=6), webp(b"VP8X", b"\x01" * 10)])
def test_a_picture_that_is_cut_anywhere_has_no_size_or_a_size(head: bytes):
    for length in range(len(head)):
        size = size_of(head[:length])
        assert size is None or all(side > 0 for side in size)


@pytest.mark.parametrize(
    "head", [b"", b"hello", PNG[:16] + struct.pack(">II", 0, 5), PNG[:16] + b"\xff" * 8]
)
def test_what_is_no_picture_or_claims_the_impossible_has_no_size(head: bytes):
    assert size_of(head) is None


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (avatar("ana"), "image/png"),
        (jpeg(), "image/jpeg"),
        (GIF, "image/gif"),
        (webp(b"VP8X", b""), "image/webp"),
        (b"\x00\x00\x00\x20ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3\x01\x00\x42\x82\x84webm", "video/webm"),
        (b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead", "audio/ogg"),
        (b"ID3\x04", "audio/mpeg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", ANY_TYPE),
        (b"<!doctype html><script>alert(1)</script>", ANY_TYPE),
        (b"%PDF-1.7", ANY_TYPE),
        (b"\x00\x00\x00\x20ftypheic", ANY_TYPE),
        (b"", ANY_TYPE),
    ],
)
def test_only_what_pages_show_has_a_type_of_its_own(head: bytes, kind: str):
    assert type_of(head) == kind


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\plan de lyon.pdf", "plan de lyon.pdf"),
        ("fac\u202egnp.exe", "facgnp.exe"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie: x=1.png"),
        (".htaccess", "htaccess"),
        ("e\u0301te\u0301.jpg", "été.jpg"),
        ("...", "file"),
        ("", "file"),
        ("dossier/", "file"),
    ],
)
def test_a_hostile_name_is_made_harmless(given: str, kept: str):
    assert file_name(given, otherwise="file") == kept


def test_a_long_name_keeps_its_ending_and_whole_signs():
    name = file_name("é" * 300 + ".jpeg", otherwise="file")

    assert len(name.encode()) <= 255
    assert name == "é" * 125 + ".jpeg"
    assert len(file_name("x." + "y" * 400, otherwise="file").encode()) <= 255
