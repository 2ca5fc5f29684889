"""What a letter holds: its words and the files that come with them.

Source: RFC 2045 and 2046 (parts), RFC 2183 and 2231 (files), RFC 3676 (flowed text).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import islice

from bridges.charsets import decoded
from bridges.email.plain import text_of
from bridges.email.tolerance import BROKEN, clean, header

_LEFT_OUT = re.compile(r"\n?\[parvis left out (\d+) bytes\]\s*\Z")
"""What the letterbox writes in the place of what is too large to keep."""
_CUT = b"[parvis left out "
"""In the middle of a text that is a file."""
_PROOFS = {
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
}
"""What proves a letter to programs; nobody sends it to be opened."""
_CALENDARS = frozenset({"text/calendar", "application/ics"})
_LETTERS = frozenset({"message/rfc822", "message/global"})
_MOST_PARTS, _MOST_FILES, _DEEPEST = 60, 20, 40
_LONGEST_TEXT, _LONGEST_NAME = 100_000, 80


@dataclass(frozen=True)
class File:
    """Something that a letter brings; *size* in bytes."""

    name: str
    size: int


def files_whole(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file that is whole."""
    for part in islice(_file_parts(message, _body(message)), _MOST_FILES):
        content, left_out = _content(part)
        if not left_out and _CUT not in content:
            yield _name(part), content


def words_and_files(message: EmailMessage) -> tuple[str, tuple[File, ...]]:
    """Return what a letter says, and what comes with it."""
    body = _body(message)
    files = tuple(islice(_files(message, body), _MOST_FILES))
    return "\n\n".join(_text(part) for part in _said_in(message, body)), files


def forwarded_in(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the letters that a letter encloses."""
    for part in islice(_walk(message), _MOST_PARTS):
        if part.get_content_type() in _LETTERS and part is not message:
            inner = part.get_payload()
            yield from (one for one in inner if isinstance(one, EmailMessage))


def calendars_in(message: EmailMessage) -> Iterator[str]:
    """Yield the calendars that come with a letter, beside its words or as a file."""
    for part in _parts(message):
        if part.get_content_type() in _CALENDARS:
            yield _text(part)


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """Walk the parts that have no parts themselves; what an enclosed letter holds is its own."""
    return (part for part in islice(_walk(message), _MOST_PARTS) if not part.is_multipart())


def _walk(message: EmailMessage, depth: int = 0) -> Iterator[EmailMessage]:
    yield message
    if message.get_content_maintype() == "multipart" and depth < _DEEPEST:
        inner = message.get_payload()
        for part in inner if isinstance(inner, list) else ():
            if isinstance(part, EmailMessage):
                yield from _walk(part, depth + 1)


def _body(message: EmailMessage) -> EmailMessage | None:
    """Return the part that says it best: plain text with words in it, else HTML."""
    found: dict[str, EmailMessage] = {}
    for part in _parts(message):
        kind = part.get_content_type()
        if kind not in {"text/plain", "text/html"} or kind in found or _is_file(part):
            continue
        if _content(part)[0].strip():
            found[kind] = part
    return found.get("text/plain") or found.get("text/html")


def _said_in(message: EmailMessage, body: EmailMessage | None) -> list[EmailMessage]:
    """Return the parts that hold the words: files may stand between them (Apple Mail)."""
    if body is None or message.get_content_type() != "multipart/mixed":
        return [body] if body else []
    plain = [
        part
        for part in islice(message.iter_parts(), _MOST_PARTS)
        if isinstance(part, EmailMessage)
        and part.get_content_type() == "text/plain"
        and not _is_file(part)
    ]
    return plain if any(part is body for part in plain) else [body]


def _is_file(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_filename(part))


def _filename(part: EmailMessage) -> str:
    try:
        return clean(part.get_filename() or "")
    except BROKEN:
        return ""


def _files(message: EmailMessage, body: EmailMessage | None) -> Iterator[File]:
    for part in _file_parts(message, body):
        content, left_out = _content(part)
        yield File(_name(part)[:_LONGEST_NAME], len(content) + left_out)


def _name(part: EmailMessage) -> str:
    kind = part.get_content_type()
    return " ".join(_filename(part).split()) or ("invite.ics" if kind in _CALENDARS else kind)


def _file_parts(message: EmailMessage, body: EmailMessage | None) -> Iterator[EmailMessage]:
    """Walk the files of a letter, and those of the letters that it encloses."""
    yield from _own_files(message, body)
    for inner in forwarded_in(message):
        yield from _own_files(inner, _body(inner))


def _own_files(message: EmailMessage, body: EmailMessage | None) -> Iterator[EmailMessage]:
    calendars = [part for part in _parts(message) if _is_kept(part)]
    # An invitation is kept as a file, even if its program names it so in one of two parts only.
    kept = next((part for part in calendars if _is_file(part)), None) or next(iter(calendars), None)
    for part in _parts(message):
        kind = part.get_content_type()
        # Pictures that a text or a signature shows in itself are none that somebody sends.
        shown_inside = kind.startswith("image/") and "content-id" in part
        if part is body or kind in _PROOFS or not (_is_file(part) or part is kept):
            continue
        if shown_inside and part.get_content_disposition() != "attachment":
            continue
        yield part


def _is_kept(part: EmailMessage) -> bool:
    """Tell a calendar that people may want in theirs; an answer to an invitation is none."""
    answers = str(part.get_param("method", "")).upper() in {"REPLY", "COUNTER"}
    return part.get_content_type() in _CALENDARS and not answers


def _content(part: EmailMessage) -> tuple[bytes, int]:
    """Return what a part holds, decoded, and how many more bytes it had."""
    payload = part.get_payload()
    wire = payload if isinstance(payload, str) else ""
    cut = _LEFT_OUT.search(wire[-100:])
    missing = int(cut[1][:12]) if cut else 0
    if cut:
        part.set_payload(wire[: len(wire) - len(cut[0])])
    packed = header(part, "content-transfer-encoding").strip().lower() == "base64"
    try:
        content = part.get_payload(decode=True)
    except BROKEN:
        content = wire.encode("utf-8", "surrogateescape")
    whole = content if isinstance(content, bytes) else b""
    return whole, missing * 57 // 78 if packed else missing  # A line of 78 signs says 57 bytes.


def _text(part: EmailMessage) -> str:
    """Return the words of a part, in whatever charset they are in truth."""
    content = _content(part)[0][: 4 * _LONGEST_TEXT]
    words = decoded(content, part.get_content_charset() or "utf-8")[:_LONGEST_TEXT]
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    if part.get_content_type() == "text/html":
        return clean(text_of(words))
    if str(part.get_param("format", "")).lower() == "flowed":
        words = _unflowed(words, delete=str(part.get_param("delsp", "")).lower() == "yes")
    return clean(words)


def _unflowed(text: str, *, delete: bool) -> str:
    """Join the lines that a mail program broke (RFC 3676), but for quoted ones and signatures."""
    lines: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        own = not line.startswith(">") and line != "-- "
        if goes_on and own and lines:
            lines[-1] += line.removeprefix(" ")
        else:
            lines.append(line if not own else line.removeprefix(" "))
        goes_on = own and line.endswith(" ")
        if goes_on and delete:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
