"""Each app's page says what the app declares: events, defaults, scopes and limits."""

from dataclasses import replace

import pytest

from bridges.base import Event
from tests.bridges.apps.pages import TABLE, declared, offered, page_of, table, with_declared

_ANEW = "write it anew: python -m tests.bridges.apps.pages"


@pytest.mark.parametrize("slug", sorted(offered()))
def test_a_page_says_what_its_app_declares(slug: str):
    app = offered()[slug]
    text = page_of(app).read_text("utf-8")

    assert text == with_declared(text, app), _ANEW
    for event in app.events:
        assert f"| `{event.name}` |" in text
    assert "**Limits**" in text
    assert ("**Writing back**" in text) is bool(app.actions)


def test_all_apps_stand_in_one_table():
    assert TABLE.read_text("utf-8") == table(), _ANEW


def test_what_is_declared_anew_shows():
    app = offered()["github"]
    more = replace(app, events=(*app.events, Event("moon.rose", "{actor} saw the moon", False)))

    assert declared(more) != declared(app)
    assert "| `moon.rose` | *actor* saw the moon | told where `only` names it |" in declared(more)
