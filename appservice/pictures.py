"""How wide and high a picture is, read from the first bytes of its file."""

import struct
from typing import TypeAlias

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels, as they are shown."""

_LARGEST = 100_000
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The JPEG markers that begin a frame (ITU T.81, table B.1)."""
MARKERS_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
"""The JPEG markers without a length."""
_MARK, _NOTES = 0xFF, 0xE1
_ORIENTATION = 0x0112
_LYING = range(5, 9)
"""The EXIF orientations in which width and height change places."""


def size_of(head: bytes) -> Size | None:
    """Return the size of a PNG, GIF, WebP or JPEG that begins with *head*, or None.

    The bytes are a stranger's: what they say may be false, but it is a size.
    """
    try:
        size = _png(head) or _gif(head) or _webp(head) or _jpeg(head)
    except (struct.error, IndexError):
        return None
    return size if size and all(0 < side <= _LARGEST for side in size) else None


def _png(head: bytes) -> Size | None:
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR":
        return None
    return struct.unpack_from(">II", head, 16)


def _gif(head: bytes) -> Size | None:
    return struct.unpack_from("<HH", head, 6) if head[:6] in {b"GIF87a", b"GIF89a"} else None


def _webp(head: bytes) -> Size | None:
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    if head[12:16] == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    if head[12:16] == b"VP8L":
        (both,) = struct.unpack_from("<I", head, 21)
        return (both & 0x3FFF) + 1, (both >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8X":
        width, height = head[24:27], head[27:30]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    return None


def _jpeg(head: bytes) -> Size | None:
    """Walk from marker to marker until the frame; a camera held upright notes it before."""
    if head[:2] != b"\xff\xd8":
        return None
    at, lying = 2, False
    while head[at] == _MARK:
        marker = head[at + 1]
        if marker == _MARK:
            at += 1
            continue
        if marker in MARKERS_WITHOUT_LENGTH:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", head, at + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return (height, width) if lying else (width, height)
        if marker == _NOTES:
            notes = head[at + 4 : at + 2 + length]
            if notes[:6] == b"Exif\x00\x00":
                lying = lying or orientation_of(notes[6:]) in _LYING
        at += 2 + length
    return None


def orientation_of(tiff: bytes) -> int:
    """Return the orientation that EXIF notes give, which are laid out as a TIFF file; 0 if none."""
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (first,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, first)
        for entry in range(entries):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, first + 2 + 12 * entry)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:
        return 0
    return 0
