"""The fields of a form, as the JSON that would say the same.

    title=Done&fields[Size]=412+GB&tag=a&tag=b
    {"title": "Done", "fields": {"Size": "412 GB"}, "tag": ["a", "b"]}

Sources: https://url.spec.whatwg.org/#application/x-www-form-urlencoded and RFC 7578 (form-data).
Whoever sends JSON by hand gets its charset wrong (PowerShell writes Latin-1): that is read too.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from appservice.payload import GIANT
from bridges.charsets import decoded, is_utf8

_CHARSET = re.compile(r"charset=\"?([\w.:-]{1,40})", re.IGNORECASE)
_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(r"[;\s]name=(?:\"([^\"]{0,1000})\"|([^\s;\"]{1,1000}))", re.IGNORECASE)
_FILE = re.compile(r"[;\s]filename=(?:\"([^\"]{0,1000})\"|([^\s;\"]{1,1000}))", re.IGNORECASE)
_NESTED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_BOM = b"\xef\xbb\xbf"
_PAYLOAD, _TEXT = "payload", "text"
_MOST, _DEEPEST = 1000, 5

Fields = Iterator[tuple[str, str]]


def json_of(shape: str, body: bytes, *, flat: bool = False) -> bytes:
    """Return what is to be JSON of a call: its body, or a form's ``payload`` field.

    *shape* is its content type. *flat*: a form without such a field is itself an object of texts, and
    so is a plain text.
    """
    kind, charset = shape.partition(";")[0].strip().lower(), _CHARSET.search(shape)
    said = charset[1] if charset else ""
    fields = _read(kind, shape, body, said)
    if fields is None:
        plain = flat and kind == "text/plain" and not _is_json(body)
        return _as_json({_TEXT: decoded(body, said)}) if plain else _in_utf8(body, said)
    pairs = list(fields)
    payload = next((value for name, value in pairs if name == _PAYLOAD), "")
    if not flat or payload.lstrip().startswith("{"):
        return payload.encode("utf-8", "replace")
    if kind != "multipart/form-data" and b"=" not in body:
        # ``curl -d`` says that it sends a form, whatever it sends.
        return body if _is_json(body) else _as_json({_TEXT: decoded(body, said)})
    return _as_json(_object(pairs[:_MOST]))


def _read(kind: str, shape: str, body: bytes, charset: str) -> Fields | None:
    if kind == "application/x-www-form-urlencoded":
        return _by_ampersands(body, charset)
    found = _BOUNDARY.search(shape) if kind == "multipart/form-data" else None
    return _by_boundary(body, (found[1] or found[2]).encode(), charset) if found else None


def _by_ampersands(body: bytes, charset: str) -> Fields:
    for pair in body.strip().split(b"&", _MOST):
        name, _, value = (unquote_to_bytes(one.replace(b"+", b" ")) for one in pair.partition(b"="))
        if name:
            yield decoded(name, charset), decoded(value, charset)


def _by_boundary(body: bytes, boundary: bytes, charset: str) -> Fields:
    """Walk the parts; of a file its name is told."""
    for piece in body.split(b"--" + boundary, _MOST)[1:]:
        end = _HEAD_ENDS.search(piece[:8000])
        head = decoded(piece[: end.start()], charset) if end else ""
        name, file = _NAME.search(head), _FILE.search(head)
        if name is None or end is None:
            continue
        content = piece[end.end() :].removesuffix(b"\n").removesuffix(b"\r")
        value = (file[1] or file[2] or "") if file else decoded(content, charset)
        yield name[1] or name[2] or "", value


def _object(pairs: list[tuple[str, str]]) -> dict[str, object]:
    """Return the fields; what is said twice is a list, and ``a[b]`` is b within a."""
    made: dict[str, object] = {}
    for name, value in pairs:
        found = _NESTED.fullmatch(name)
        path = [found[1], *found[2][1:-1].split("][")] if found else [name]
        listed = path[-1] == ""
        place = _place(made, path[: -1 if listed else None][:_DEEPEST])
        if place is None:
            place = (made, name)
        holder, key = place
        if key not in holder:
            holder[key] = [value] if listed else value
        elif isinstance(known := holder[key], list):
            known.append(value)
        elif isinstance(known, str):
            holder[key] = [known, value]
    return {name: _listed(value) for name, value in made.items()}


def _place(made: dict[str, object], path: list[str]) -> tuple[dict[str, object], str] | None:
    """Return the object that *path* ends in, and its last name; None where a text is in the way."""
    for name in path[:-1]:
        inner = made.setdefault(name, {})
        if not isinstance(inner, dict):
            return None
        made = inner
    return made, path[-1]


def _listed(value: object) -> object:
    """Return as a list what was numbered: ``a[0]=…&a[1]=…``, as PHP writes it."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return list(inner.values()) if all(name.isdecimal() for name in inner) else inner


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] in {b"{", b"[", b'"'}


def _in_utf8(body: bytes, charset: str) -> bytes:
    if body.isascii() or len(body) > GIANT:
        return body
    whole = body.removeprefix(_BOM)
    return whole if is_utf8(whole) else decoded(whole, charset).encode("utf-8", "replace")


def _as_json(fields: Mapping[str, object]) -> bytes:
    return msgspec.json.encode(fields)
