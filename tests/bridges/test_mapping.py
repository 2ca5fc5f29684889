"""An admin's mapping makes the webhook's own form of any JSON, and neither hangs nor fills anything."""

import json
import re
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from appservice.errors import PayloadRejected
from appservice.languages import Language, phrases
from appservice.payload import NotJson
from bridges.deliveries import ParkedDelivery, StoredDelivery
from bridges.discovery import apps
from bridges.generic.app import APP
from bridges.health import cause_said
from bridges.mapping.failures import MappingFailed, Why, said
from bridges.mapping.mapper import Mapper
from bridges.mapping.text import Entry, entries, made, with_line
from bridges.mapping.worker import rendered
from bridges.options import Options
from bridges.reader import MAPPING_FAILS, Reader, Said, Silent, mapped
from bridges.readings import Ignored, Reading
from bridges.tally import Tally
from tests.harness.connections import connection_with

_FORM = APP.own_form
_ALERT = {
    "check": {"name": "disk", "level": 2},
    "hosts": ["nas-1", "nas-2"],
    "size": 7,
    "at": 1777885200,
    "html": "<b>@room</b>",
    "ok": False,
    "none": None,
}


def _makes(mapping: str, payload: object) -> object:
    return made(rendered(entries(mapping, _FORM), payload), _FORM)


@pytest.mark.parametrize(
    ("mapping", "payload", "body"),
    [
        ("title: Disk of {{ hosts | first }}", _ALERT, {"title": "Disk of nas-1"}),
        ("title: {{ nothing.at.all }}", _ALERT, {}),
        ("title: {{ none }}{{ check.nope }}x", _ALERT, {"title": "x"}),
        ("# why\n\ntitle: a\n# between\nurl: https://e.org/{{ size }}", _ALERT, {"title": "a", "url": "https://e.org/7"}),
        ("text:\n  Hosts:\n  {% for h in hosts -%}\n  - {{ h }}\n  {% endfor %}", _ALERT, {"text": "Hosts:\n- nas-1\n- nas-2"}),
        ("text: a\n\n  b\n\ntitle: c", {}, {"text": "a\n\nb", "title": "c"}),
        ("state: {% if check.level > 1 %}failed{% else %}ok{% endif %}", _ALERT, {"state": "failed"}),
        ("quiet: {{ ok }}\ndeleted: {{ nope }}\nsilent: true", _ALERT, {"quiet": False, "silent": True}),
        ("labels: {{ hosts | join: ',' }},, x", _ALERT, {"labels": ["nas-1", "nas-2", "x"]}),
        ("fields.Server: {{ hosts[1] }}\nfields.Free space: {{ size }} GB\nfields.Empty: {{ nope }}", _ALERT,
         {"fields": [{"name": "Server", "value": "nas-2"}, {"name": "Free space", "value": "7 GB"}]}),
        ("time: {{ at | date: '%Y-%m-%dT%H:%M:%SZ' }}", _ALERT, {"time": "2026-05-04T09:00:00Z"}),
        ("text: {{ html }}", _ALERT, {"text": "<b>@room</b>"}),
        ("title: {{ payload[1].a }}", [{"a": 1}, {"a": 2}], {"title": "2"}),
        ("title: {{ payload }}", "words", {"title": "words"}),
        ("title: {{ payload['a key'] }}", {"a key": "é"}, {"title": "é"}),
        ("title: x\nskip: {% unless ok %}true{% endunless %}", _ALERT, None),
        ("title: {{ 'check' | upcase }}: {{ check.name }}", _ALERT, {"title": "CHECK: disk"}),
        ("title: {{ check.__class__ }}{{ check.items }}{{ hosts.append }}.", _ALERT, {"title": "."}),
    ],
)  # fmt: skip
def test_a_mapping_makes_the_own_form_of_any_payload(mapping, payload, body):
    assert _makes(mapping, payload) == body


@pytest.mark.parametrize(
    ("mapping", "why", "line", "field", "detail"),
    [
        ("title: a\ntitel: b", Why.FIELD, 2, "titel", "title"),
        ("fields: b", Why.FIELD, 1, "fields", "fields"),
        ("fields.: b", Why.FIELD, 1, "fields.", ""),
        ("  goes on", Why.FORM, 1, "goes on", ""),
        ("title: a\n\ntext b", Why.FORM, 3, "text b", ""),
        ("title: a\ntitle: b", Why.TWICE, 2, "title", ""),
        ("title: " + "a" * 8000, Why.LENGTH, 0, "", "8000"),
        ("\n".join(f"fields.f{n}: a" for n in range(41)), Why.LENGTH, 0, "", "40"),
        ("title: a\ntext: b\n  {{ c | upcas }}", Why.FILTER, 3, "text", "upcas"),
        ("title: a\ntext: b\n  {{ c", Why.SYNTAX, 3, "text", "}}"),
        ("title: {% if a %}", Why.SYNTAX, 1, "title", "endif"),
        ("title: {% include 'a' %}", Why.SYNTAX, 1, "title", "include"),
        ("title: {% render 'a' %}", Why.SYNTAX, 1, "title", "render"),
        ("title: " + "{% if a %}" * 25 + "{% endif %}" * 25, Why.SYNTAX, 1, "title", "nesting"),
    ],
)
async def test_what_is_wrong_is_named_with_field_and_line(mapping, why, line, field, detail):
    async with _mapper() as mapper:
        with pytest.raises(MappingFailed) as raised:
            await mapper.check(mapping, _FORM)

    failure = raised.value.failure
    assert (failure.why, failure.line, failure.field) == (why, line, field)
    assert detail in failure.detail
    for language in Language:
        assert detail in said(failure, phrases(language))


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{% for a in (1..9999999999) %}{% endfor %}", {Why.LOOPS}),
        ("{% for a in (1..9000) %}{% for b in (1..9000) %}{% endfor %}{% endfor %}", {Why.LOOPS}),
        ("{% for a in (1..3000) %}{{ payload.big }}{% endfor %}", {Why.SIZE}),
        ("{% for a in (1..99) %}{% capture x %}{{ x }}{{ x }}{{ payload.big }}{% endcapture %}{% endfor %}", {Why.SIZE}),
        ("{{ 'a'" + " | replace: 'a', 'aaaaaaaaaaaaaaaa'" * 12 + " | size }}", {Why.SIZE, Why.TIME}),
        ("{% assign n = 9 %}" + "{% assign n = n | times: n %}" * 60 + "{{ n }}", {Why.TIME, Why.SIZE, Why.VALUE}),
        ("{{ (1..999999999) | join: ',' | size }}", {Why.SIZE, Why.TIME}),
        ("{{ payload.words | plus: 1 | divided_by: 0 }}", {Why.VALUE}),
    ],
)  # fmt: skip
async def test_a_foolish_template_ends_and_the_next_call_is_rendered(template, why):
    body = json.dumps({"big": "x" * 1000, "words": "x", "more": 1}).encode()
    async with _mapper() as mapper:
        with pytest.raises(MappingFailed) as raised:
            await mapper.made(APP, f"title: fine\ntext: {template}", {}, body)
        after = await mapper.made(APP, "title: {{ words }}", {}, body)

    assert raised.value.failure.why in why
    assert json.loads(after.body) == {"title": "x"}


async def test_a_mapping_that_took_too_long_rests_while_others_go_on():
    slow = (
        "title: {% for a in (1..9000) %}{{ payload.words | split: '' | sort | size }}{% endfor %}"
    )
    body, now = json.dumps({"words": "ab" * 20_000}).encode(), [0.0]
    async with _mapper(clock=lambda: now[0]) as mapper:
        seen = []
        for _ in range(2):
            with pytest.raises(MappingFailed) as raised:
                await mapper.made(APP, slow, {}, body)
            seen.append(raised.value.failure.why)
        other = await mapper.made(APP, "title: b", {}, b"{}")
        now[0] = 61.0
        back = await mapper.made(APP, slow, {}, b'{"words": "ab"}')

    assert seen == [Why.TIME, Why.RESTS]
    assert json.loads(other.body) == {"title": "b"}
    assert json.loads(back.body)["title"].startswith("222")


async def test_what_the_app_reads_is_what_the_mapping_made():
    mapping = "title: {{ name }}\nthread_id: {{ name }}\nskip: {{ dull }}"
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with _mapper() as mapper:
        read = await mapped(mapper, APP, mapping, {"idempotency-key": "k"}, b'{"name": "a\\ud800"}')
        posted = await mapped(mapper, APP, mapping, form, b"payload=%7B%22name%22%3A%22b%22%7D")
        dull = await mapped(mapper, APP, mapping, {}, b'{"name": "a", "dull": true}')
        own = await mapped(mapper, APP, "", {}, b'{"title": "c"}')
        with pytest.raises(PayloadRejected):
            await mapped(mapper, APP, mapping, {}, b"{}")
        for no_json in (b"", b"{", b"\xff", b"[" * 100_000):
            with pytest.raises(NotJson):
                await mapped(mapper, APP, mapping, {}, no_json)

    assert isinstance(read, Reading)
    assert isinstance(posted, Reading)
    assert (read.card.case, read.activities[0].key) == ("a?", "k")
    assert posted.card.title == "b"
    assert dull == Ignored("skip")
    assert own.title == "c"


def test_the_note_of_a_call_names_the_line_and_not_what_the_call_holds():
    with pytest.raises(MappingFailed) as raised:
        rendered(
            [Entry("text", 4, "\n{{ secret | slice: other }}")], {"secret": 3, "other": "geheim"}
        )
    call = ParkedDelivery(1, 0, f"{MAPPING_FAILS}: {raised.value}", can_be_read=True)

    assert "geheim" not in call.why
    assert "line 5 of the mapping, “text”" in cause_said(call, phrases(Language.EN))
    assert "ligne 5 de la correspondance" in cause_said(call, phrases(Language.FR))


async def test_a_call_of_which_a_mapping_makes_nothing_is_put_aside_and_reported_with_its_line():
    mapping, reports = "skip: {{ dull }}\ntitle: {{ 'a' | slice: at }}", []
    connection = replace(connection_with(Options(mapping=mapping)), app="generic")
    bodies = (b'{"at": "x"}', b'{"dull": true, "at": 0}', b'{"at": 0}', b'["no field"]')
    async with _mapper() as mapper:
        reader = Reader(
            apps=apps(), report=lambda *noted: reports.append(noted), mapper=mapper, tally=Tally()
        )
        read = [
            await reader.read(StoredDelivery(seq, "c", {}, body, 0), connection)
            for seq, body in enumerate(bodies)
        ]

    assert [one.parked for one in read if isinstance(one, Silent)] == [True, False, True]
    assert isinstance(read[2], Said)
    assert '"line":2' in read[0].why
    assert read[0].why in reports[0][1]


def test_one_line_is_said_anew_added_or_taken_away():
    mapping = "title: a\n# why\ntext: b\n  c\n\nurl: d"

    assert with_line(mapping, "text: e", _FORM) == "title: a\n# why\ntext: e\n\nurl: d"
    assert with_line(mapping, "text:", _FORM) == "title: a\n# why\n\nurl: d"
    assert with_line(mapping, "state: f", _FORM) == f"{mapping}\nstate: f"
    assert with_line("", "title: {{ a }}", _FORM) == "title: {{ a }}"


@asynccontextmanager
async def _mapper(clock=time.monotonic):
    mapper = Mapper(clock=clock)
    try:
        yield mapper
    finally:
        await mapper.close()


def test_the_example_of_the_docs_makes_what_they_say():
    page = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
    _, _, section = page.partition("## Calls of any form")
    call, mapping, body = (
        dedent(text)
        for text in re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", section, re.MULTILINE)[:3]
    )

    assert _makes(mapping, json.loads(call)) == json.loads(body)
