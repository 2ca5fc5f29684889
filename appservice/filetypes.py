"""What a file is: told by its first bytes alone. Its name and what a browser says are a stranger's."""

import re
import unicodedata

from appservice.formatting import without_hidden_signs

HEAD = 256 * 1024
"""Bytes from which a type and a picture's size are read; cameras put long notes first."""
ANY_TYPE = "application/octet-stream"
_LONGEST_NAME = 255
"""Bytes, as in most file systems."""
_LONGEST_ENDING = 16
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
)
_BRANDS = {
    **dict.fromkeys((b"isom", b"iso2", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1"), "video/mp4"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
}
_SOUNDS = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC")
_BETWEEN_FOLDERS = re.compile(r"[/\\]")


def type_of(head: bytes) -> str:
    """Return the type of what begins with *head*: one that pages show, or ANY_TYPE."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], ANY_TYPE)
    if head[:4] == b"OggS" and any(sound in head[:64] for sound in _SOUNDS):
        return "audio/ogg"
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]:
        return "video/webm"
    return ANY_TYPE


def file_name(text: str, *, otherwise: str) -> str:
    """Return a name without folders, hidden signs or dots at its ends, at most 255 bytes long.

    The ending stays where the name must be cut: people open files by it.
    """
    last = _BETWEEN_FOLDERS.split(text)[-1]
    clean = " ".join(without_hidden_signs(unicodedata.normalize("NFC", last)).split()).strip(" .")
    if not clean:
        return otherwise
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = clean, "", ""
    room = _LONGEST_NAME - len((dot + ending).encode())
    return _cut(stem, room) + dot + ending


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
