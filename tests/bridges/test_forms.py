"""Forms, plain texts and JSON in another charset say what JSON would have said."""

import json

import aiohttp
import pytest

from appservice.ids import UserId
from bridges.forms import json_of
from tests.harness.proving import proof
from tests.harness.unsent import ROOM, open_door, open_unsent
from tests.harness.wait import until

_FORM = "application/x-www-form-urlencoded"
_PARTS = "multipart/form-data; boundary=b"


def _part(head: str, value: str) -> str:
    return f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n"


@pytest.mark.parametrize(
    ("shape", "body", "said"),
    [
        (_FORM, "title=A+b&text=50%25%20%26", {"title": "A b", "text": "50% &"}),
        (_FORM, "tag=a&tag=b&one[]=c", {"tag": ["a", "b"], "one": ["c"]}),
        (_FORM, "a[b]=c&a[d][e]=f&a=g", {"a": {"b": "c", "d": {"e": "f"}}}),
        (_FORM, "a=g&a[b]=c", {"a": "g", "a[b]": "c"}),
        (_FORM, "f[0][n]=x&f[1][n]=y", {"f": [{"n": "x"}, {"n": "y"}]}),
        (_FORM, "empty=&=x&&alone", {"empty": "", "alone": ""}),
        (_FORM, "payload=%7B%22a%22%3A1%7D&title=b", {"a": 1}),
        (_FORM, "payload=b&title=c", {"payload": "b", "title": "c"}),
        (_FORM, "Vanne à 50 % + 2", {"text": "Vanne à 50 % + 2"}),
        (_FORM, '[{"a": "b"}]', [{"a": "b"}]),
        (_FORM + "; charset=iso-8859-1", b"t=caf%E9+%92", {"t": "café ’"}),
        (_FORM, "été=é".encode("cp1252"), {"été": "é"}),
        (
            _PARTS,
            _part('name="a"', "x\r\ny") + _part("name=b", "") + "--b--",
            {"a": "x\r\ny", "b": ""},
        ),
        (_PARTS, _part('name="p"; filename="é.jpg"', "\x00\xff") + "--b--\r\n", {"p": "é.jpg"}),
        (_PARTS, _part('filename="no name"', "x") + "--b\r\nno head\r\n--b--", {}),
        ("text/plain; charset=utf-8", "Fini", {"text": "Fini"}),
        ("application/json", "\ufeff" + '{"a": "é"}', {"a": "é"}),
        ("application/json", '{"a": "été"}'.encode("cp1252"), {"a": "été"}),
        ("application/json; charset=utf-16", '{"a": "été"}'.encode("utf-16"), {"a": "été"}),
    ],
)
def test_it_is_read_as_json(shape: str, body: str | bytes, said: object):
    raw = body.encode() if isinstance(body, str) else body

    assert json.loads(json_of(shape, raw, flat=True)) == said


@pytest.mark.parametrize("shape", [_FORM, _PARTS, "text/plain"])
def test_an_app_that_sends_json_alone_is_given_nothing_else(shape: str):
    body = _part('name="title"', "a") if shape == _PARTS else "title=a"
    said = json_of(shape, body.encode())

    assert said in {b"", body.encode()}


@pytest.mark.parametrize("shape", [_FORM, _PARTS])
def test_a_form_made_to_take_time_takes_none(shape: str):
    many = b"&".join(b"a" + b"[b]" * 30 + b"=c" for _ in range(10_000))
    parts = b"--b\r\nname=x" * 100_000
    for body in (many, parts, b"a=" + b"[" * 1_000_000, b"%" * 1_000_000):
        assert len(json_of(shape, body, flat=True)) <= 2 * len(body)


async def test_a_form_is_proved_over_its_bytes_and_told(sqlite_url: str):
    async with open_unsent(sqlite_url) as unsent:
        connections, app = unsent.bridges.connections, unsent.bridges.apps["generic"]
        scheme = next(one for one in app.schemes if one.slug == "hmac")
        made = await connections.add(app, ROOM, UserId("@ana:parvis.test"), scheme=scheme.slug)
        secret = await connections.show_secret(made)
        body = b"title=Vanne+%e9teinte&fields[Zone]=Nord&author=cron"
        headers = {"Content-Type": _FORM, **proof(scheme, secret, body, "")}
        async with open_door(unsent) as door, aiohttp.ClientSession() as session:
            url = door.make_url(f"/hooks/{made}")
            for sent, status in ((body, 200), (body + b"&text=more", 401)):
                async with session.post(url, data=sent, headers=headers) as answer:
                    assert answer.status == status

        async def told() -> bool:
            return bool(await unsent.posts())

        await until(told, "it is told")
        (post,) = await unsent.posts()

    assert post["body"] == "Vanne éteinte\ncron a écrit\nZone: Nord"
