"""Options are written in words, checked when they are set, and read back as they are written."""

import pytest

from appservice.errors import CommandError
from appservice.languages import Language, phrases
from bridges.discovery import apps
from bridges.option_words import as_words, options_said, with_words
from bridges.options import Mode, Options, fits
from bridges.steering import options_of

_GITHUB, _GENERIC = apps()["github"], apps()["generic"]
_EN, _FR = phrases(Language.EN), phrases(Language.FR)


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({"only": "issues.*, pull_request.opened"}, Options(events=("issues.*", "pull_request.opened"))),
        ({"except": "issues.labeled"}, Options(events=("!issues.labeled",))),
        ({"only": "issues.*", "except": "issues.labeled"}, Options(events=("issues.*", "!issues.labeled"))),
        ({"labels": "bug,!wip", "branches": "main\nrelease/*"}, Options(labels=("bug", "!wip"), branches=("main", "release/*"))),
        ({"actors": "!dependabot[bot]", "projects": "ateliers/*"}, Options(actors=("!dependabot[bot]",), projects=("ateliers/*",))),
        ({"bots": "no", "internal": "yes", "confidential": ""}, Options(bots=False, internal=True)),
        ({"fields": "auteur, Author, Branch, étiquettes"}, Options(fields=("Author", "Branch", "labels"))),
        ({"fields": "none"}, Options(fields=())),
        ({"mode": "flat"}, Options(mode=Mode.FLAT)),
        ({"quiet": "22h-7, sam, sun", "urgent": "*"}, Options(quiet=("22:00-07:00", "sat", "sun"), urgent=("*",))),
        ({"mode": "", "only": "all", "fields": ""}, Options()),
    ],
)  # fmt: skip
def test_what_is_written_is_what_is_kept_and_said_back(given, options):
    kept = with_words(Options(), given, _GITHUB, _EN)

    assert kept == options
    for language in Language:
        said = as_words(kept, phrases(language))
        assert with_words(Options(confidential=True), said, _GITHUB, _EN) == kept


def test_what_is_not_given_stays_and_an_empty_list_is_taken_away():
    options = Options(events=("issues.*", "!issues.labeled"), labels=("bug",), bots=False)

    assert with_words(options, {"except": ""}, _GITHUB, _EN).events == ("issues.*",)
    assert with_words(options, {"labels": "all"}, _GITHUB, _EN) == Options(
        events=options.events, bots=False
    )


@pytest.mark.parametrize(
    ("given", "app", "hint"),
    [
        ({"only": "isues.opened"}, _GITHUB, "issues.opened"),
        ({"except": "nothing"}, _GITHUB, "pull_request.*"),
        ({"only": "!issues.opened"}, _GITHUB, "issues.opened"),
        ({"only": "case.x"}, _GENERIC, "message"),
        ({"fields": "Autor"}, _GITHUB, "Author"),
        ({"labels": "bug,!"}, _GITHUB, "!"),
        ({"labels": "x" * 201}, _GITHUB, "200"),
        ({"labels": ",".join(map(str, range(51)))}, _GITHUB, "50"),
        ({"labels": "bug\x07"}, _GITHUB, ""),
        ({"quiet": "at night"}, _GITHUB, "22:00-07:00"),
        ({"quiet": "25:00-07:00"}, _GITHUB, "22:00-07:00"),
        ({"quiet": "07:00-07:00"}, _GITHUB, "22:00-07:00"),
        ({"urgent": "isues.*"}, _GITHUB, "issues.opened"),
        ({"broadcast": "isues.*"}, _GITHUB, "issues.opened"),
    ],
)
def test_what_is_wrong_is_refused_with_what_may_be_written(given, app, hint):
    with pytest.raises(CommandError) as refused:
        with_words(Options(), given, app, _EN)

    values = {name: str(value) for name, value in refused.value.values.items()}
    assert hint in " ".join(values.values())
    assert all(len(value) <= 200 for name, value in values.items() if name == "known")


def test_who_sends_names_of_fields_may_be_allowed_any():
    assert with_words(Options(), {"fields": "Quai"}, _GENERIC, _EN).fields == ("Quai",)


def test_a_bracket_in_a_glob_is_itself():
    assert fits("renovate[bot]", ("*[bot]",))
    assert not fits("renovateb", ("renovate[bot]",))


def test_the_fields_that_may_be_written_are_named_in_the_language_of_who_asks():
    with pytest.raises(CommandError) as refused:
        with_words(Options(), {"fields": "Autor"}, _GITHUB, _FR)

    assert str(refused.value.values["known"]).startswith("Auteur, ")


def test_a_source_is_for_apps_that_are_asked():
    feed = {"source": " https://blog.example/feed?key=secret "}
    options = with_words(Options(), feed, apps()["rss"], _EN)

    assert options.source == "https://blog.example/feed?key=secret"
    said = " ".join(options_said(options, _EN))
    assert "blog" in said
    assert "secret" not in said
    with pytest.raises(CommandError, match="is not asked"):
        with_words(Options(), feed, _GITHUB, _EN)
    with pytest.raises(CommandError, match="for example"):
        with_words(Options(), {"source": "file:///etc/passwd"}, apps()["rss"], _EN)


@pytest.mark.parametrize(
    ("slug", "own"),
    [
        ("github", {"replies", "writers"}),
        ("zendesk", {"replies", "writers", "public_replies"}),
        ("rss", {"source"}),
        ("email", {"senders"}),
        ("sentry", set()),
    ],
)
def test_a_form_asks_only_what_makes_a_difference_for_the_app(slug: str, own: set[str]):
    of_some = {"replies", "writers", "public_replies", "source", "senders"}

    assert of_some & set(options_of(apps()[slug])) == own
