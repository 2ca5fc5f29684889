"""Takes out of pictures what cameras and programs noted in them: place, time, device, owner, thumbnails.

    JPEG   segments (ITU T.81, annex B): keeps what draws the picture, its colours, and JFIF
    PNG    chunks (PNG 3rd edition, 11): the same, and animation
    WebP   chunks (RFC 9649): the same

What follows a picture's end goes too: phones put films and second pictures there, with notes of their
own. How the picture is to be turned is a note as well, but the one that is needed to show it: it is
kept, alone. Pure functions over the bytes of a file, which are a stranger's and may be broken.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from mmap import mmap
from typing import TypeAlias

from appservice.pictures import MARKERS_WITHOUT_LENGTH, orientation_of

Picture: TypeAlias = bytes | mmap
Part: TypeAlias = bytes | range
"""New bytes, or the positions of those that stay."""

_TURNED = range(2, 9)
_EXIF = b"Exif\x00\x00"
_APPLICATIONS = range(0xE0, 0xF0)
_APP1, _COMMENT, _SCAN, _END = 0xE1, 0xFE, 0xDA, 0xD9
_KEPT_SEGMENTS = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
"""The APPn segments that stay, with what they must begin with."""
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_WINDOW = 256 * 1024
_LONGEST_NOTES = 64 * 1024
_KEPT_CHUNKS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs "
    b"acTL fcTL fdAT".split()
)
_KEPT_WEBP = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04
"""The flags of VP8X."""


class BrokenPicture(ValueError):
    """The bytes are not laid out as their beginning says."""


def without_notes(picture: Picture, kind: str) -> Sequence[Part]:
    """Return what of a picture of the type *kind* stays, in order; all of it for other types.

    Raises BrokenPicture.
    """
    walks = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
    if kind not in walks:
        return [range(len(picture))]
    try:
        return list(walks[kind](picture))
    except (struct.error, IndexError) as error:
        raise BrokenPicture(str(error)) from error


def _jpeg(picture: Picture) -> Iterator[Part]:
    yield range(2)
    at = 2
    while at < len(picture):
        if picture[at] != 0xFF:  # noqa: PLR2004
            raise BrokenPicture(f"no marker at {at}")
        marker = picture[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            at += 1
            continue
        if marker == _END:
            yield range(at, at + 2)
            return
        if marker in MARKERS_WITHOUT_LENGTH:
            yield range(at, at + 2)
            at += 2
            continue
        (length,) = struct.unpack(">H", picture[at + 2 : at + 4])
        end = at + 2 + length
        if marker == _SCAN:
            end = _end_of_scan(picture, end)
        yield from _segment(picture, marker, at, end)
        at = end


def _segment(picture: Picture, marker: int, at: int, end: int) -> Iterator[Part]:
    said = picture[at + 4 : end] if marker in _APPLICATIONS else b""
    if marker == _APP1 and said.startswith(_EXIF):
        if turn := _turn(said):
            notes = _EXIF + turn
            yield struct.pack(">BBH", 0xFF, _APP1, 2 + len(notes)) + notes
    elif marker in _APPLICATIONS:
        begins = _KEPT_SEGMENTS.get(marker)
        if begins and said.startswith(begins):
            yield range(at, end)
    elif marker != _COMMENT:
        yield range(at, end)


def _end_of_scan(picture: Picture, at: int) -> int:
    """Return where the next marker stands; in small steps, since others wait for the interpreter."""
    while at < len(picture):
        found = _MARKER.search(picture, at, at + _WINDOW + 1)
        if found:
            return found.start()
        at += _WINDOW
    return len(picture)


def _png(picture: Picture) -> Iterator[Part]:
    yield range(8)
    at = 8
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        end = at + 12 + length
        if end > len(picture):
            raise BrokenPicture("a chunk is cut off")
        if kind == b"eXIf":
            if turn := _turn(picture[at + 8 : min(end - 4, at + 8 + _LONGEST_NOTES)]):
                body = b"eXIf" + turn
                yield struct.pack(">I", len(turn)) + body + struct.pack(">I", zlib.crc32(body))
        elif kind in _KEPT_CHUNKS:
            yield range(at, end)
        if kind == b"IEND":
            return
        at = end


def _webp(picture: Picture) -> Iterator[Part]:
    """Yield a new head, since it says how long the rest is."""
    (said,) = struct.unpack("<I", picture[4:8])
    parts, turned, at = list[Part](), b"", 12
    while at < min(8 + said, len(picture)):
        kind, length = struct.unpack("<4sI", picture[at : at + 8])
        end = at + 8 + length + length % 2
        if at + 8 + length > len(picture):
            raise BrokenPicture("a chunk is cut off")
        if kind == b"EXIF":
            turned = _turn(picture[at + 8 : min(end, at + 8 + _LONGEST_NOTES)])
        elif kind in _KEPT_WEBP:
            parts.append(range(at, min(end, len(picture))))
        at = end
    if turned:
        parts.append(struct.pack("<4sI", b"EXIF", len(turned)) + turned)
    for place, part in enumerate(parts):
        if isinstance(part, range) and picture[part.start : part.start + 4] == b"VP8X":
            parts[place] = _with_flags(picture[part.start : part.stop], turned=bool(turned))
    yield struct.pack("<4sI4s", b"RIFF", 4 + sum(map(len, parts)), b"WEBP")
    yield from parts


def _with_flags(head: bytes, *, turned: bool) -> bytes:
    flags = head[8] & ~(_WEBP_EXIF | _WEBP_XMP)
    return head[:8] + bytes([flags | (_WEBP_EXIF if turned else 0)]) + head[9:]


def _turn(notes: bytes) -> bytes:
    """Return notes that say nothing but how the picture is turned; none if it stands upright."""
    orientation = orientation_of(notes.removeprefix(_EXIF))
    if orientation not in _TURNED:
        return b""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"II*\x00" + struct.pack("<IH", 8, 1) + entry + bytes(4)
