"""Every app says how its calls are proved, in words and in steps."""

import pytest

from appservice.errors import CommandError
from appservice.languages import Language, phrases
from bridges.discovery import apps
from bridges.schemes import SCHEMES, chosen, others

_FRENCH = phrases(Language.FR)


@pytest.mark.parametrize("slug", sorted(apps()))
def test_each_scheme_has_a_name_and_steps_that_no_other_scheme_of_the_app_has(slug: str):
    app = apps()[slug]
    steps = [app.steps_of(scheme.slug) for scheme in app.schemes]

    assert len({scheme.slug for scheme in app.schemes}) == len(app.schemes)
    assert len(set(steps)) == len(steps)
    assert all(_FRENCH(SCHEMES[scheme.slug]) != SCHEMES[scheme.slug] for scheme in app.schemes)
    assert {one for step in app.steps for one in step.schemes} <= {s.slug for s in app.schemes}
    assert set(app.app_secrets) <= {scheme.slug for scheme in app.schemes}


def test_the_usual_scheme_is_taken_and_a_foreign_one_refused_with_what_may_be_written():
    grafana = apps()["grafana"]

    assert chosen(grafana, "", _FRENCH).slug == "bearer"
    assert chosen(grafana, "hmac-time", _FRENCH).proof == (
        "x-grafana-alerting-signature",
        "x-grafana-alerting-timestamp",
    )
    assert others(grafana, "bearer") == ("basic", "hmac", "hmac-time")
    with pytest.raises(CommandError) as refused:
        chosen(grafana, "jwt", _FRENCH)
    assert "hmac-time" in str(refused.value.values["known"])


def test_the_secret_of_a_token_is_the_apps_to_make_and_no_other_of_jira():
    jira = apps()["jira"]

    assert [jira.makes_secret(scheme.slug) for scheme in jira.schemes] == [False, True, False]
    assert apps()["trello"].makes_secret("hmac")
