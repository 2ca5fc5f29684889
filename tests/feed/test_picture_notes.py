"""A picture goes out as it looks, without what was noted in it."""

import io
import tempfile

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from appservice.picture_notes import BrokenPicture, without_notes
from appservice.pictures import size_of
from feed.uploads import _copy_without_notes

PLACE = b"Rue de la Source 12"
_KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_GPS, _MAKER, _ORIENTATION = 0x8825, 0x010F, 0x0112


def _pixels() -> Image.Image:
    picture = Image.new("RGB", (48, 32))
    picture.putdata([(x * 5, y * 7, (x * y) % 255) for y in range(32) for x in range(48)])
    return picture


def _exif(orientation: int) -> Image.Exif:
    notes = Image.Exif()
    notes[_MAKER] = "Telefon 7"
    notes[_ORIENTATION] = orientation
    notes.get_ifd(_GPS).update({1: "N", 2: (45.0, 46.0, 1.0), 29: PLACE.decode()})
    return notes


def taken(form: str, *, orientation: int = 1, **options: object) -> bytes:
    """Return a picture as a telephone makes it, notes in every place that the format has."""
    file = io.BytesIO()
    xmp = b"<x:xmpmeta>" + PLACE + b"</x:xmpmeta>"
    if form == "PNG":
        text = PngInfo()
        text.add_text("Place", PLACE.decode())
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options["pnginfo"] = text
    elif form == "JPEG":
        options |= {"xmp": xmp, "comment": PLACE}
    else:
        options |= {"xmp": xmp}
    _pixels().save(file, form, exif=_exif(orientation), dpi=(72, 72), **options)
    return file.getvalue()


def stripped(picture: bytes, kind: str) -> bytes:
    return b"".join(
        part if isinstance(part, bytes) else picture[part.start : part.stop]
        for part in without_notes(picture, kind)
    )


PICTURES = {
    "plain jpeg": ("JPEG", taken("JPEG")),
    "turned jpeg": ("JPEG", taken("JPEG", orientation=6)),
    "progressive jpeg": ("JPEG", taken("JPEG", orientation=3, progressive=True)),
    "jpeg with another behind it": ("JPEG", taken("JPEG") + taken("JPEG")),
    "png": ("PNG", taken("PNG")),
    "turned png": ("PNG", taken("PNG", orientation=8)),
    "png with more behind it": ("PNG", taken("PNG") + PLACE),
    "webp": ("WEBP", taken("WEBP")),
    "turned webp": ("WEBP", taken("WEBP", orientation=6, lossless=True)),
    "webp with more behind it": ("WEBP", taken("WEBP") + PLACE),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_place_is_gone_and_the_picture_the_same(name: str):
    form, picture = PICTURES[name]
    clean = stripped(picture, _KINDS[form])
    before, after = Image.open(io.BytesIO(picture)), Image.open(io.BytesIO(clean))
    orientation = before.getexif()[_ORIENTATION]

    assert PLACE in picture
    assert PLACE not in clean
    assert b"Telefon 7" not in clean
    assert dict(after.getexif()) == ({_ORIENTATION: orientation} if orientation > 1 else {})
    assert after.tobytes() == before.tobytes()
    assert size_of(clean) == size_of(picture)
    assert stripped(clean, _KINDS[form]) == clean


def test_colours_and_movement_stay():
    film, first = io.BytesIO(), _pixels()
    profile = b"\x00\x00\x00\x80" + b"profile" * 20
    first.save(
        film, "WEBP", save_all=True, append_images=[first.rotate(90)], exif=_exif(1),
        icc_profile=profile,
    )  # fmt: skip
    coloured = io.BytesIO()
    first.save(coloured, "JPEG", exif=_exif(1), icc_profile=profile)

    moving = Image.open(io.BytesIO(stripped(film.getvalue(), "image/webp")))
    still = Image.open(io.BytesIO(stripped(coloured.getvalue(), "image/jpeg")))

    assert moving.n_frames == 2
    assert moving.info["icc_profile"] == still.info["icc_profile"] == profile


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_is_cut_anywhere_is_broken_or_bare(name: str):
    form, picture = PICTURES[name]

    for length in range(12, len(picture)):
        try:
            clean = stripped(picture[:length], _KINDS[form])
        except BrokenPicture:
            continue
        assert PLACE not in clean
        assert len(clean) <= length


@pytest.mark.parametrize("name", PICTURES)
def test_a_file_on_disk_loses_its_notes_too(name: str):
    form, picture = PICTURES[name]
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(picture)
        source.flush()
        size = _copy_without_notes(source, target, _KINDS[form])

        assert target.read() == stripped(picture, _KINDS[form])
        assert size == target.tell()


def test_other_files_stay_as_they_are():
    assert stripped(b"GIF89a...", "image/gif") == b"GIF89a..."
    assert stripped(PLACE, "application/octet-stream") == PLACE
