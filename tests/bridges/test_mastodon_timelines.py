"""What is asked of a Mastodon server, and what is new in its answers, whatever they hold."""

import json
from importlib.resources import files

import msgspec
import pytest

from appservice.errors import PayloadRejected
from appservice.payload import Payload
from bridges.base import Delivery, Found, SourceAnswer
from bridges.discovery import apps
from bridges.readings import Reading

_PULL = apps()["mastodon"].pull


@pytest.mark.parametrize(
    ("source", "urls"),
    [
        ("https://social.example", ["notifications?limit=40&types%5B%5D=mention"]),
        ("https://Social.Example/,#Vélo", ["timelines/tag/v%C3%A9lo?limit=40"]),
        ("https://social.example#velo #VELO", ["timelines/tag/velo?limit=40"]),
        ("http://127.0.0.1:3000, #自転車", ["timelines/tag/%E8%87%AA%E8%BB%A2%E8%BB%8A?limit=40"]),
    ],
)
def test_a_server_is_written_with_what_is_followed_on_it(source: str, urls: list[str]):
    asked = _PULL.question(source, "").url

    assert asked.partition("/api/v1/")[2] == urls[0]
    assert asked.startswith(("https://social.example/api/", "http://127.0.0.1:3000/api/"))


@pytest.mark.parametrize(
    "source",
    [
        *("", "social.example", "ftp://social.example", "https://", "https://ana:x@social.example"),
        *("https://social.example/@mairie", "https://social.example?x", "https://[::1"),
        *("https://social.example, velo", "https://social.example, #a/../b", "#velo"),
        "https://social.example, " + ", ".join(f"#t{n}" for n in range(6)),
    ],
)
def test_what_is_no_server_or_too_much_is_refused(source: str):
    with pytest.raises(PayloadRejected):
        _PULL.question(source, "")


@pytest.mark.parametrize(
    "ids",
    [
        ["99", "100", "101", "1002"],
        ["01HXS5ZK2Q", "01HXS5ZK2Z", "01HXT00000", "01J0000000"],
        ["AjqVr1Zz", "AjqVrA00", "AjqVra00", "Ak000000"],
    ],
)
def test_ids_of_any_server_are_told_in_order_and_never_twice(ids: list[str]):
    def answer(*page: str) -> SourceAnswer:
        listed = [
            {
                "id": one,
                "uri": f"https://social.example/{one}",
                "content": "x",
                "visibility": "public",
            }
            for one in page
        ]
        source = "https://social.example, #velo"
        return SourceAnswer({}, json.dumps(listed).encode(), "", source)

    def uris(harvest) -> list[str]:
        return [str(one.body["uri"]).rpartition("/")[2] for one in harvest.found]

    first = _PULL.harvest(answer(ids[1], ids[0]), "")
    second = _PULL.harvest(answer(*ids[::-1]), first.cursor)
    third = _PULL.harvest(answer(*ids[::-1]), second.cursor)

    assert (uris(first), uris(second), uris(third)) == (ids[:2], ids[2:], [])
    assert not (first.more or second.more or third.more)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"notes": []}', b"7", b"[1, 2", b"\xff"])
def test_an_answer_that_is_no_timeline_is_refused(body: bytes):
    with pytest.raises(PayloadRejected):
        _PULL.harvest(SourceAnswer({}, body, "", "https://social.example, #velo"), "")


@pytest.mark.parametrize("name", ["mention", "hashtag", "hashtag-poll", "unicode", "null"])
def test_one_strange_post_does_not_keep_the_others_from_being_told(name: str):
    folder = files("bridges") / "mastodon" / "fixtures"
    (one,) = json.loads(json.loads((folder / f"{name}.json").read_text("utf-8"))["body"])
    sound = {"id": "1", "uri": "https://social.example/1", "content": "x", "visibility": "public"}
    strange = (None, 7, True, "", "\x00https://[", "\ud800", [], [None, {"id": []}], {"url": 3})

    def harvested(spoiled: object) -> list[object]:
        body = json.dumps([spoiled, sound]).encode()
        found = _PULL.harvest(SourceAnswer({}, body, "", ""), "").found
        told = [apps()["mastodon"].read(Delivery({}, _stored(one))) for one in found]
        return [reading.card.case for reading in told if isinstance(reading, Reading)]

    places = [(one, key) for key in one]
    places += [(inner, key) for inner in _objects(one) for key in inner]
    for container, key in places:
        kept = container[key]
        for value in strange:
            container[key] = value
            assert sound["uri"] in harvested(one)
        container[key] = kept


def _stored(found: Found) -> Payload:
    """Return what is read of a thing after it lay in the ledger."""
    return Payload.parse(msgspec.json.encode(found.body))


def _objects(value: object) -> list[dict[str, object]]:
    """Return every object inside *value*."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [
        found
        for part in inner
        for found in ([part] if isinstance(part, dict) else []) + _objects(part)
    ]
