"""What each app's actions ask of its API: requests as the vendor documents them, call after call."""

import base64
import json
from typing import Any

import pytest

from appservice.payload import Payload
from bridges.acting.setup import fault_of
from bridges.actions import Account, Call, Done, Heard, Refusal, Remark, Remarks, Task, Who
from bridges.discovery import apps

_CLOUD = Account("https://acme.atlassian.net", "tok", "bot@acme.example")
_CENTER = Account("https://jira.acme.example", "tok")
_CASES: dict[str, Task] = {
    "github": Task(
        Account("https://api.github.com", "tok"),
        case="5#7",
        number="#7",
        url="https://github.com/acme/app/pull/7",
        remote="71",
    ),
    "gitlab": Task(
        Account("https://git.acme.example/forge", "tok"),
        case="https://git.acme.example/5!7",
        number="!7",
        url="https://git.acme.example/forge/acme/sub/app/-/merge_requests/7",
        remote="71",
    ),
    "jira": Task(_CLOUD, case="10001", number="OPS-4", remote="71"),
    "jira dc": Task(_CENTER, case="10001", number="OPS-4", remote="71"),
    "trello": Task(Account("https://api.trello.com", "tok", "key"), case="c1", remote="a9"),
    "zendesk": Task(
        Account("https://acme.zendesk.com", "tok", "bot@acme.example"), case="ticket/42", remote="7"
    ),
    "pipedrive": Task(Account("https://acme.pipedrive.com", "tok"), case="deal/15", remote="71"),
}
_MARKDOWN = "**Ana \\*B\\***:\n\nBonjour\n\n<!-- parvis:m1 -->"
_TREE = {
    "type": "doc",
    "version": 1,
    "content": [
        {
            "type": "paragraph",
            "content": [{"type": "text", "text": "Ana *B*:", "marks": [{"type": "strong"}]}],
        },
        {"type": "paragraph", "content": [{"type": "text", "text": "Bonjour"}]},
    ],
}
_ISSUE = "/repos/acme/app/issues"
_MERGE = "/api/v4/projects/acme%2Fsub%2Fapp/merge_requests/7"
_AUTHOR = {"author": "Ana *B*", "mark": "m1"}
_BASIC = "Basic " + base64.b64encode(b"bot@acme.example:tok").decode()
_AGENT = "Basic " + base64.b64encode(b"bot@acme.example/token:tok").decode()

Story = tuple[str, str, str, list[Any], list[tuple[str, str, Any]], Any]
"""App, action, words, what is answered, what is asked (method, path, body), how it ends."""

_STORIES: list[Story] = [
    # GitHub
    (
        "github",
        "comment",
        "Bonjour",
        [{"id": 71}],
        [("POST", f"{_ISSUE}/7/comments", {"body": _MARKDOWN})],
        Done("71"),
    ),
    ("github", "close", "", [{}], [("PATCH", f"{_ISSUE}/7", {"state": "closed"})], Done()),
    (
        "github",
        "assign",
        "@malik",
        [{"assignees": [{"login": "Malik"}]}],
        [("POST", f"{_ISSUE}/7/assignees", {"assignees": ["malik"]})],
        Done(),
    ),
    (
        "github",
        "assign",
        "nobody",
        [{"assignees": []}],
        [("POST", f"{_ISSUE}/7/assignees", {"assignees": ["nobody"]})],
        Refusal,
    ),
    (
        "github",
        "create",
        "Fuite",
        [{"id": 9}],
        [("POST", _ISSUE, {"title": "Fuite", "body": "**Ana \\*B\\***\n\n<!-- parvis:m1 -->"})],
        Done("9"),
    ),
    (
        "github",
        "edit",
        "Bonjour",
        [{}],
        [("PATCH", f"{_ISSUE}/comments/71", {"body": _MARKDOWN})],
        Done(),
    ),
    ("github", "delete", "", [{}], [("DELETE", f"{_ISSUE}/comments/71", None)], Done()),
    # GitLab
    (
        "gitlab",
        "comment",
        "Bonjour",
        [{"id": 71}],
        [("POST", f"{_MERGE}/notes", {"body": _MARKDOWN})],
        Done("71"),
    ),
    ("gitlab", "close", "", [{}], [("PUT", _MERGE, {"state_event": "close"})], Done()),
    (
        "gitlab",
        "assign",
        "@malik",
        [[{"id": 4, "username": "malik"}], {}],
        [("GET", "/api/v4/users?username=malik", None), ("PUT", _MERGE, {"assignee_ids": [4]})],
        Done(),
    ),
    (
        "gitlab",
        "assign",
        "nobody",
        [[]],
        [("GET", "/api/v4/users?username=nobody", None)],
        Refusal,
    ),
    (
        "gitlab",
        "create",
        "Fuite",
        [{"id": 9}],
        [
            (
                "POST",
                "/api/v4/projects/acme%2Fsub%2Fapp/issues",
                {"title": "Fuite", "description": "**Ana \\*B\\***\n\n<!-- parvis:m1 -->"},
            )
        ],
        Done("9"),
    ),
    (
        "gitlab",
        "edit",
        "Bonjour",
        [{}],
        [("PUT", f"{_MERGE}/notes/71", {"body": _MARKDOWN})],
        Done(),
    ),
    ("gitlab", "delete", "", [{}], [("DELETE", f"{_MERGE}/notes/71", None)], Done()),
    # Jira Cloud
    (
        "jira",
        "comment",
        "Bonjour",
        [{"id": "71"}],
        [("POST", "/rest/api/3/issue/10001/comment", {"body": _TREE})],
        Done("71"),
    ),
    (
        "jira",
        "close",
        "",
        [
            {
                "transitions": [
                    {"id": "4", "to": {"statusCategory": {"key": "indeterminate"}}},
                    {"id": "5", "to": {"statusCategory": {"key": "done"}}},
                ]
            },
            {},
        ],
        [
            ("GET", "/rest/api/3/issue/10001/transitions", None),
            ("POST", "/rest/api/3/issue/10001/transitions", {"transition": {"id": "5"}}),
        ],
        Done(),
    ),
    (
        "jira",
        "close",
        "",
        [{"transitions": []}],
        [("GET", "/rest/api/3/issue/10001/transitions", None)],
        Refusal,
    ),
    (
        "jira",
        "assign",
        "Malik Diop",
        [[{"accountId": "u3", "displayName": "Malik Diop"}], {}],
        [
            (
                "GET",
                "/rest/api/3/user/assignable/search?issueKey=OPS-4&query=Malik%20Diop",
                None,
            ),
            ("PUT", "/rest/api/3/issue/10001/assignee", {"accountId": "u3"}),
        ],
        Done(),
    ),
    (
        "jira",
        "create",
        "Fuite",
        [{"fields": {"project": {"id": "1"}, "issuetype": {"id": "3"}}}, {"id": "9"}],
        [
            ("GET", "/rest/api/3/issue/10001?fields=project,issuetype", None),
            (
                "POST",
                "/rest/api/3/issue",
                {
                    "fields": {
                        "project": {"id": "1"},
                        "issuetype": {"id": "3"},
                        "summary": "Fuite",
                        "description": {**_TREE, "content": _TREE["content"][:1]},
                    }
                },
            ),
        ],
        Done("9"),
    ),
    (
        "jira",
        "edit",
        "Bonjour",
        [{}],
        [("PUT", "/rest/api/3/issue/10001/comment/71", {"body": _TREE})],
        Done(),
    ),
    ("jira", "delete", "", [{}], [("DELETE", "/rest/api/3/issue/10001/comment/71", None)], Done()),
    # Jira Data Center
    (
        "jira dc",
        "comment",
        "Bonjour {code}",
        [{"id": "71"}],
        [
            (
                "POST",
                "/rest/api/2/issue/10001/comment",
                {"body": "*Ana \\*B\\*:*\nBonjour \\{code\\}"},
            )
        ],
        Done("71"),
    ),
    (
        "jira dc",
        "assign",
        "malik",
        [[{"name": "malik"}], {}],
        [
            ("GET", "/rest/api/2/user/assignable/search?issueKey=OPS-4&username=malik", None),
            ("PUT", "/rest/api/2/issue/10001/assignee", {"name": "malik"}),
        ],
        Done(),
    ),
    # Trello
    (
        "trello",
        "comment",
        "Bonjour @board",
        [{"id": "a9"}],
        [
            (
                "POST",
                "/1/cards/c1/actions/comments",
                {"text": "**Ana \\*B\\*:** Bonjour @\u2060board"},
            )
        ],
        Done("a9"),
    ),
    ("trello", "close", "", [{}], [("PUT", "/1/cards/c1", {"closed": True})], Done()),
    (
        "trello",
        "assign",
        "@malik",
        [{"idBoard": "b1", "idMembers": ["m1"]}, [{"id": "m3", "username": "malik"}], {}],
        [
            ("GET", "/1/cards/c1?fields=idBoard,idMembers", None),
            ("GET", "/1/boards/b1/members", None),
            ("PUT", "/1/cards/c1", {"idMembers": "m1,m3"}),
        ],
        Done(),
    ),
    (
        "trello",
        "create",
        "Fuite",
        [{"idList": "l1"}, {"id": "c2"}],
        [
            ("GET", "/1/cards/c1?fields=idList", None),
            ("POST", "/1/cards", {"idList": "l1", "name": "Fuite", "desc": "Ana \\*B\\*"}),
        ],
        Done("c2"),
    ),
    (
        "trello",
        "edit",
        "Bonjour",
        [{}],
        [("PUT", "/1/cards/c1/actions/a9/comments", {"text": "**Ana \\*B\\*:** Bonjour"})],
        Done(),
    ),
    ("trello", "delete", "", [{}], [("DELETE", "/1/cards/c1/actions/a9/comments", None)], Done()),
    # Zendesk
    (
        "zendesk",
        "comment",
        "Bonjour",
        [{"audit": {"events": [{"id": 1, "type": "Change"}, {"id": 77, "type": "Comment"}]}}],
        [
            (
                "PUT",
                "/api/v2/tickets/42.json",
                {"ticket": {"comment": {"body": "Ana *B*:\n\nBonjour", "public": False}}},
            )
        ],
        Done("77"),
    ),
    (
        "zendesk",
        "close",
        "",
        [{}],
        [("PUT", "/api/v2/tickets/42.json", {"ticket": {"status": "solved"}})],
        Done(),
    ),
    (
        "zendesk",
        "assign",
        "malik@acme.example",
        [{}],
        [
            (
                "PUT",
                "/api/v2/tickets/42.json",
                {"ticket": {"assignee_email": "malik@acme.example"}},
            )
        ],
        Done(),
    ),
    (
        "zendesk",
        "create",
        "Fuite",
        [{"ticket": {"id": 43}}],
        [
            (
                "POST",
                "/api/v2/tickets.json",
                {
                    "ticket": {
                        "subject": "Fuite",
                        "comment": {"body": "Ana *B*:\n\nFuite", "public": False},
                    }
                },
            )
        ],
        Done("43"),
    ),
    # Pipedrive
    (
        "pipedrive",
        "comment",
        "a < b\nc",
        [{"data": {"id": 71}}],
        [
            (
                "POST",
                "/api/v1/notes",
                {"content": "<b>Ana *B*:</b><br>a &lt; b<br>c", "deal_id": 15},
            )
        ],
        Done("71"),
    ),
    ("pipedrive", "close", "", [{}], [("PATCH", "/api/v2/deals/15", {"status": "lost"})], Done()),
    (
        "pipedrive",
        "assign",
        "malik@acme.example",
        [{"data": [{"id": 3}]}, {}],
        [
            ("GET", "/api/v1/users/find?term=malik%40acme.example&search_by_email=1", None),
            ("PATCH", "/api/v2/deals/15", {"owner_id": 3}),
        ],
        Done(),
    ),
    (
        "pipedrive",
        "create",
        "Acme",
        [{"data": {"id": 16}}],
        [("POST", "/api/v2/deals", {"title": "Acme"})],
        Done("16"),
    ),
    (
        "pipedrive",
        "edit",
        "d",
        [{}],
        [("PUT", "/api/v1/notes/71", {"content": "<b>Ana *B*:</b><br>d"})],
        Done(),
    ),
    ("pipedrive", "delete", "", [{}], [("DELETE", "/api/v1/notes/71", None)], Done()),
]


def _actions(name: str):
    actions = apps()[name.partition(" ")[0]].actions
    assert actions is not None
    return actions


def _told(first: Any, answers: list[Any]) -> tuple[list[Call], Any]:
    """Return the calls that *first* leads to, and its end."""
    calls, outcome, left = [], first, list(answers)
    while isinstance(outcome, Call):
        calls.append(outcome)
        answer = left.pop(0)
        outcome = outcome.then(
            Heard(Payload({"list": answer} if isinstance(answer, list) else answer))
        )
    assert left == []
    return calls, outcome


def _task(name: str, words: str) -> Task:
    known = _CASES[name]
    return Task(
        known.account,
        case=known.case,
        number=known.number,
        url=known.url,
        remote=known.remote,
        words=words,
        since="2026-05-04T09:00:00Z",
        **_AUTHOR,
    )


@pytest.mark.parametrize("story", _STORIES, ids=lambda story: f"{story[0]}-{story[1]}-{story[2]}")
def test_an_action_asks_what_the_vendor_documents(story: Story):
    name, action, words, answers, wanted, end = story
    calls, came = _told(getattr(_actions(name), action)(_task(name, words)), answers)

    bodies = [json.loads(one.body) if one.body else None for one in calls]
    asked = [(one.method, one.path) for one in calls]
    assert list(zip(asked, bodies, strict=True)) == [
        ((how, path), body) for how, path, body in wanted
    ]
    assert isinstance(came, Refusal) if end is Refusal else came == end
    # What makes something is done once; what sets a value may be repeated.
    assert calls[-1].once is (action in {"comment", "create"})


@pytest.mark.parametrize(
    ("name", "header", "proof"),
    [
        ("github", "Authorization", "Bearer tok"),
        ("gitlab", "PRIVATE-TOKEN", "tok"),
        ("jira", "Authorization", _BASIC),
        ("jira dc", "Authorization", "Bearer tok"),
        ("trello", "Authorization", 'OAuth oauth_consumer_key="key", oauth_token="tok"'),
        ("zendesk", "Authorization", _AGENT),
        ("pipedrive", "x-api-token", "tok"),
    ],
)
def test_the_token_travels_in_its_header_alone(name, header, proof):
    actions, task = _actions(name), _task(name, "Bonjour")
    for act in (actions.comment, actions.comments, actions.close, actions.assign, actions.create):
        call = act(task)
        assert call.headers[header] == proof
        assert "tok" not in call.path
        assert "tok" not in repr(call)
        assert "tok" not in repr(task)


@pytest.mark.parametrize(
    ("name", "answers", "who"),
    [
        ("github", [{"login": "bot"}], Who("bot", "bot")),
        ("gitlab", [{"id": 4, "username": "bot"}, {"scopes": ["api"]}], Who("4", "bot")),
        (
            "gitlab",
            [{"id": 4, "username": "bot"}, {"scopes": ["read_api"]}],
            Who("4", "bot", "the scope api"),
        ),
        ("jira", [{"accountId": "u1", "displayName": "Bot"}], Who("u1", "Bot")),
        ("jira dc", [{"name": "bot", "displayName": "Bot"}], Who("bot", "Bot")),
        ("trello", [{"id": "m1", "username": "bot"}], Who("m1", "bot")),
        ("zendesk", [{"user": {"id": 9, "name": "Bot", "role": "agent"}}], Who("9", "Bot")),
        (
            "zendesk",
            [{"user": {"id": 9, "name": "Bot", "role": "end-user"}}],
            Who("9", "Bot", "the role of an agent"),
        ),
        ("pipedrive", [{"data": {"id": 2, "name": "Bot"}}], Who("2", "Bot")),
    ],
)
def test_an_account_is_known_by_its_id_and_says_what_it_lacks(name, answers, who):
    calls, came = _told(_actions(name).check(_CASES[name].account), answers)

    assert came == who
    assert all(call.method == "GET" for call in calls)


@pytest.mark.parametrize(
    ("name", "answer", "text"),
    [
        ("github", [{"id": 71, "body": _MARKDOWN}], _MARKDOWN),
        ("gitlab", [{"id": 71, "body": "x"}, {"id": 72, "body": "y", "system": True}], "x"),
        ("jira", {"comments": [{"id": "71", "body": _TREE}]}, "**Ana *B*:**\nBonjour"),
        ("trello", [{"id": "71", "data": {"text": "x"}}], "x"),
        ("zendesk", {"comments": [{"id": 71, "plain_body": "x", "body": "y"}]}, "x"),
        ("pipedrive", {"data": [{"id": 71, "content": "<b>A:</b><br>x"}]}, "A:\nx"),
    ],
)
def test_comments_that_are_there_can_be_looked_through(name, answer, text):
    calls, came = _told(_actions(name).comments(_task(name, "")), [answer])

    assert [call.method for call in calls] == ["GET"]
    assert came == Remarks((Remark("71", text),))


def test_no_reply_is_a_command_to_gitlab_or_calls_everybody():
    task = _task("gitlab", "Bien\n/close\n  /merge\n@all <!-- parvis:m2 -->")
    call = _actions("gitlab").comment(task)
    body = json.loads(call.body)["body"]

    assert "\n\\/close\n  \\/merge\n@\u2060all" in body
    assert body.count("<!--") == 1


@pytest.mark.parametrize(
    ("name", "url"),
    [
        pytest.param("github", "https://github.com/acme/app/actions/runs/1", id="a run"),
        pytest.param("gitlab", "https://gitlab.com/acme/app/-/pipelines/1", id="a pipeline"),
        pytest.param("gitlab", "https://gitlab.com/groups/acme/-/work_items/5", id="an epic"),
    ],
)
def test_what_is_no_issue_is_refused_before_anything_is_asked(name, url):
    task = Task(_CASES[name].account, case="run/1", url=url, words="x")

    for action in ("comment", "close", "assign", "create"):
        assert isinstance(getattr(_actions(name), action)(task), Refusal)


@pytest.mark.parametrize(
    ("base", "is_right"),
    [
        ("https://git.acme.example", True),
        ("https://ana:s3cret@git.acme.example", False),
        ("https://ana@git.acme.example", False),
        ("ftp://git.acme.example", False),
        ("https://git.acme.example?x=1", False),
    ],
)
def test_an_address_that_could_hold_a_secret_is_no_address_of_an_account(base, is_right):
    assert (fault_of(Account(base, "tok"), apps()["gitlab"]) == "") is is_right
