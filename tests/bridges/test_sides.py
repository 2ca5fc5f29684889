"""Whether an app's own side is switched on, as each app says it."""

from typing import Any

import pytest

from appservice.payload import Payload
from bridges.actions import Account, Call, Gap, Heard, Refusal, Webhook
from bridges.discovery import apps

_ACCOUNT, _ADDRESS = Account("https://app.example", "tok", "key"), "https://parvis.example/hooks/x"
_DATA_CENTER = Account("https://jira.example/jira", "tok")
_GITHUB = {"x-github-hook-id": "7", "x-github-hook-installation-target-type": "repository"}
_ORGANIZATION = {**_GITHUB, "x-github-hook-installation-target-type": "organization"}
_REPOSITORY = {"repository": {"full_name": "acme/shop"}, "organization": {"login": "acme"}}
_PROJECT = {"project": {"id": 5}}
_ZENDESK = {"x-zendesk-webhook-id": "01H"}
_PIPEDRIVE = {"meta": {"webhook_id": "3"}}


@pytest.mark.parametrize(
    ("app", "last", "headers", "path", "answer", "works"),
    [
        ("github", _REPOSITORY, _GITHUB, "/repos/acme/shop/hooks/7", {"active": True}, True),
        ("github", _REPOSITORY, _ORGANIZATION, "/orgs/acme/hooks/7", {"active": False}, False),
        ("trello", {"webhook": {"id": "w1"}}, {}, "/1/webhooks/w1", {"active": True}, True),
        ("trello", {"webhook": {"id": "w1"}}, {}, "/1/webhooks/w1", {"active": False}, False),
        (
            "gitlab",
            _PROJECT,
            {},
            "/api/v4/projects/5/hooks?per_page=100",
            {"list": [{"url": "https://x"}, {"url": _ADDRESS, "alert_status": "executable"}]},
            True,
        ),
        (
            "gitlab",
            _PROJECT,
            {},
            "/api/v4/projects/5/hooks?per_page=100",
            {"list": [{"url": _ADDRESS, "alert_status": "disabled"}]},
            False,
        ),
        (
            "gitlab",
            _PROJECT,
            {},
            "/api/v4/projects/5/hooks?per_page=100",
            {
                "list": [
                    {"url": _ADDRESS, "alert_status": "disabled"},
                    {"url": _ADDRESS, "alert_status": "executable"},
                ]
            },
            True,
        ),
        (
            "pipedrive",
            _PIPEDRIVE,
            {},
            "/api/v1/webhooks",
            {"data": [{"id": 3, "is_active": 1}]},
            True,
        ),
        ("pipedrive", _PIPEDRIVE, {}, "/api/v1/webhooks", {"data": [{"id": 4}]}, False),
        ("zendesk", {}, _ZENDESK, "/api/v2/webhooks/01H", {"webhook": {"status": "active"}}, True),
        (
            "zendesk",
            {},
            _ZENDESK,
            "/api/v2/webhooks/01H",
            {"webhook": {"status": "inactive"}},
            False,
        ),
        (
            "jira",
            {},
            {},
            "/rest/webhooks/1.0/webhook",
            {"list": [{"url": "https://x", "enabled": False}, {"url": _ADDRESS, "enabled": True}]},
            True,
        ),
        (
            "jira",
            {},
            {},
            "/rest/webhooks/1.0/webhook",
            {"list": [{"url": f"{_ADDRESS}?key=${{issue.key}}", "enabled": False}]},
            False,
        ),
    ],
)
def test_an_app_says_whether_its_webhook_works(
    app: str,
    last: dict[str, Any],
    headers: dict[str, str],
    path: str,
    answer: dict[str, Any],
    works: bool,  # noqa: FBT001
):
    ask = apps()[app].actions.webhook
    call = ask(Gap(_ACCOUNT, Payload(last), "", headers, _ADDRESS))
    end = call.then(Heard(Payload(answer)))

    assert isinstance(call, Call)
    assert (call.method, call.path) == ("GET", path)
    assert isinstance(end, Webhook)
    assert end.works is works


@pytest.mark.parametrize("app", ["github", "trello", "gitlab", "pipedrive", "zendesk", "jira"])
def test_without_a_call_that_says_which_it_is_nobody_is_asked(app: str):
    assert isinstance(apps()[app].actions.webhook(Gap(_ACCOUNT, Payload(), "")), Refusal)


@pytest.mark.parametrize(
    ("app", "last", "headers"),
    [
        ("github", _REPOSITORY, _GITHUB),
        ("trello", {"webhook": {"id": "w1"}}, {}),
        ("gitlab", _PROJECT, {}),
        ("pipedrive", _PIPEDRIVE, {}),
        ("zendesk", {}, _ZENDESK),
        ("jira", {}, {}),
    ],
)
def test_an_answer_that_says_nothing_of_the_webhook_is_not_its_end(
    app: str, last: dict[str, Any], headers: dict[str, str]
):
    call = apps()[app].actions.webhook(Gap(_ACCOUNT, Payload(last), "", headers, _ADDRESS))

    assert isinstance(call.then(Heard(Payload())), Refusal)


def test_a_webhook_of_a_group_which_the_project_does_not_list_is_not_called_dead():
    call = apps()["gitlab"].actions.webhook(Gap(_ACCOUNT, Payload(_PROJECT), "", {}, _ADDRESS))

    assert isinstance(call.then(Heard(Payload({"list": []}))), Refusal)


@pytest.mark.parametrize(
    ("version", "path", "key"),
    [
        ("9.12.2", "/rest/webhooks/1.0/webhook", "enabled"),
        ("10.3.0", "/rest/jira-webhook/1.0/webhooks?start=0&limit=100", "active"),
        ("11.0.1", "/rest/jira-webhook/1.0/webhooks?start=0&limit=100", "active"),
        ("", "/rest/webhooks/1.0/webhook", "enabled"),
    ],
)
def test_jira_data_center_is_asked_where_its_version_lists_webhooks(
    version: str, path: str, key: str
):
    first = apps()["jira"].actions.webhook(Gap(_DATA_CENTER, Payload(), "", {}, _ADDRESS))
    call = first.then(Heard(Payload({"version": version})))
    twice = {"list": [{"url": _ADDRESS, key: False}, {"url": _ADDRESS, key: True}]}

    assert first.path == "/rest/api/2/serverInfo"
    assert call.path == path
    assert call.then(Heard(Payload({"list": [{"url": _ADDRESS, key: False}]}))).works is False
    assert call.then(Heard(Payload(twice))).works is True


def test_pages_of_jira_that_begin_anew_are_not_read_for_ever():
    first = apps()["jira"].actions.webhook(Gap(_DATA_CENTER, Payload(), "", {}, _ADDRESS))
    page = first.then(Heard(Payload({"version": "10.3.0"})))
    others = Heard(Payload({"list": [{"id": 1, "url": "https://x", "active": True}]}))
    again = page.then(others)

    assert again.path == "/rest/jira-webhook/1.0/webhooks?start=1&limit=100"
    assert isinstance(again.then(others), Refusal)
