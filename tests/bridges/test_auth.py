"""Every way of proving a call: known answers, and refusals."""

import base64
import hashlib
import hmac
import json

import pytest

from bridges.auth import (
    BasicAuth,
    BearerToken,
    Call,
    HmacHeader,
    JwtBearer,
    SharedToken,
    StandardWebhooks,
    UrlSecret,
    new_secret,
)


def _token(claims: dict[str, object], **header: str) -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    named = json.dumps({"alg": "HS256", "typ": "JWT", **header}).encode()
    signed = f"{part(named)}.{part(json.dumps(claims).encode())}"
    digest = hmac.new(b"test-secret", signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{part(digest)}"


URL = "https://hub.example.org/hooks/trello/abc"
BODY = b'{"a":1}'
ZENDESK_TIME = "2024-04-17T17:18:10Z"

GITHUB = HmacHeader("X-Hub-Signature-256", prefix="sha256=")
TRELLO = HmacHeader("X-Trello-Webhook", algorithm="sha1", encoding="base64", url_after_body=True)
ZENDESK = HmacHeader(
    "X-Zendesk-Webhook-Signature",
    encoding="base64",
    timestamp_header="X-Zendesk-Webhook-Signature-Timestamp",
)
GRAFANA = HmacHeader(
    "X-Grafana-Alerting-Signature",
    timestamp_header="X-Grafana-Alerting-Timestamp",
    separator=":",
)
TIMED = "a159601578dffb81514ed432c05083e159ff13d63a9118642ea4fceb9a74fe3e"
HASH = "179bf20a8b9040a32368814a68b0dc270823b5968498e0a73796c4202708ed8d"

GOOD = {
    "github": (GITHUB, {"x-hub-signature-256": f"sha256={HASH}"}, "test-secret", 0.0),
    "sentry": (
        HmacHeader("Sentry-Hook-Signature"),
        {"sentry-hook-signature": HASH},
        "test-secret",
        0.0,
    ),
    "trello": (TRELLO, {"x-trello-webhook": "OVZxm/koq3Ly9P7jl8zfZ8Jjmyw="}, "test-secret", 0.0),
    "zendesk": (
        ZENDESK,
        {
            "x-zendesk-webhook-signature": "wzATQwG8TwG/DiQ+BvDT/3S2s18nP9c3oZGhooGcFBM=",
            "x-zendesk-webhook-signature-timestamp": ZENDESK_TIME,
        },
        "test-secret",
        1713374300.0,
    ),
    "standard": (
        StandardWebhooks(),
        {
            "webhook-id": "msg_1",
            "webhook-timestamp": "1700000000",
            "webhook-signature": "v1,48vSnQLf8QsDtt1WVkwPDSJg2o8xjtDiajoPCjBZ1SM=",
        },
        "whsec_dGVzdC1zZWNyZXQ=",
        1700000010.0,
    ),
    "grafana": (
        GRAFANA,
        {
            "x-grafana-alerting-signature": TIMED,
            "x-grafana-alerting-timestamp": "1700000000",
        },
        "test-secret",
        1700000010.0,
    ),
    "token": (SharedToken("X-Gitlab-Token"), {"x-gitlab-token": "s3"}, "s3", 0.0),
    "bearer": (BearerToken(), {"authorization": "Bearer s3"}, "s3", 0.0),
    "jwt": (
        JwtBearer(),
        {"authorization": "Bearer " + _token({"exp": 1713374400, "iat": 1713374200})},
        "test-secret",
        1713374300.0,
    ),
    "basic": (
        BasicAuth(),
        {"authorization": "Basic " + base64.b64encode(b"parvis:s3").decode()},
        "parvis:s3",
        0.0,
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_right_proof_is_accepted_also_while_the_secret_is_rotated(name):
    scheme, headers, secret, now = GOOD[name]

    assert scheme.accepts(Call(headers, BODY, URL), [secret], now=now)
    assert scheme.accepts(Call(headers, BODY, URL), ["newer", secret], now=now)


@pytest.mark.parametrize("name", GOOD)
def test_a_wrong_proof_is_refused(name):
    scheme, headers, secret, now = GOOD[name]
    call = Call(headers, BODY, URL)

    assert not scheme.accepts(call, ["another"], now=now)
    assert not scheme.accepts(call, [], now=now)
    assert not scheme.accepts(call, [""], now=now)
    for missing in headers:
        rest = {key: value for key, value in headers.items() if key != missing}
        assert not scheme.accepts(Call(rest, BODY, URL), [secret], now=now)
        empty = {**headers, missing: ""}
        assert not scheme.accepts(Call(empty, BODY, URL), [secret], now=now)
        cut = {**headers, missing: headers[missing][:-2]}
        assert not scheme.accepts(Call(cut, BODY, URL), [secret], now=now)


@pytest.mark.parametrize("name", ["github", "sentry", "trello", "zendesk", "standard", "grafana"])
def test_a_signature_holds_for_the_very_bytes_only(name):
    scheme, headers, secret, now = GOOD[name]

    assert not scheme.accepts(Call(headers, b'{"a": 1}', URL), [secret], now=now)
    assert not scheme.accepts(Call(headers, BODY + b" ", URL), [secret], now=now)


def test_trello_signs_the_address_and_zendesk_and_standard_the_time():
    _, headers, secret, now = GOOD["trello"]
    assert not TRELLO.accepts(Call(headers, BODY, URL + "x"), [secret], now=now)
    _, headers, secret, now = GOOD["zendesk"]
    assert not ZENDESK.accepts(Call(headers, BODY, URL), [secret], now=now + 301)
    _, headers, secret, now = GOOD["grafana"]
    assert not GRAFANA.accepts(Call(headers, BODY, URL), [secret], now=now + 301)
    _, headers, secret, now = GOOD["standard"]
    assert not StandardWebhooks().accepts(Call(headers, BODY, URL), [secret], now=now - 400)


def test_the_caller_does_not_choose_the_algorithm():
    weak = hmac.new(b"test-secret", BODY, hashlib.sha1).hexdigest()

    for value in (f"sha1={weak}", f"sha256={weak}", weak):
        call = Call({"x-hub-signature-256": value}, BODY, URL)
        assert not GITHUB.accepts(call, ["test-secret"], now=0)


def test_the_documented_example_of_github_holds():
    assert GITHUB.sign(b"Hello, World!", "It's a Secret to Everybody") == (
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )


def test_an_unguessable_address_alone_is_a_scheme_without_secret():
    assert not UrlSecret().needs_secret
    assert UrlSecret().accepts(Call({}, BODY, URL), [], now=0)


def test_the_documented_example_of_jira_holds():
    jira = HmacHeader("X-Hub-Signature", prefix="sha256=")
    signature = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    headers = {"x-hub-signature": f"sha256={signature}"}

    assert jira.accepts(Call(headers, b"Hello World!", URL), ["It's a Secret to Everybody"], now=0)


@pytest.mark.parametrize("name", GOOD)
def test_headers_that_no_app_would_send_are_refused_like_any_other(name):
    scheme, headers, secret, now = GOOD[name]

    for rubbish in ("\udcff\udcfe", "²", "é" * 20, "nan", "inf", "9" * 400, "v1,", ", ,", "=="):
        for header in headers:
            for value in (rubbish, f"Basic {rubbish}", f"Bearer {rubbish}"):
                call = Call({**headers, header: value}, BODY, URL)
                assert not scheme.accepts(call, [secret], now=now)


@pytest.mark.parametrize("name", GOOD)
def test_a_scheme_names_the_headers_that_carry_its_proof(name):
    scheme, headers, _, _ = GOOD[name]

    assert set(scheme.proof) == set(headers)


def test_each_of_several_standard_signatures_may_be_the_right_one():
    scheme, headers, secret, now = GOOD["standard"]
    several = {**headers, "webhook-signature": "v1,AAAA v2,BBBB " + headers["webhook-signature"]}

    assert scheme.accepts(Call(several, BODY, URL), [secret], now=now)


def test_a_token_is_taken_for_its_time_and_by_its_one_algorithm_only():
    def accepted(token: str, now: float = 1000.0, kind: str = "Bearer") -> bool:
        call = Call({"authorization": f"{kind} {token}"}, BODY, URL)
        return JwtBearer().accepts(call, ["test-secret"], now=now)

    good = _token({"exp": 1100, "nbf": 900})
    assert accepted(good) and accepted(good, kind="JWT")
    assert not accepted(good, kind="Basic")
    assert not accepted(good, now=1161) and not accepted(good, now=839)
    assert not accepted(_token({"iat": 900})), "one without an end is taken for ever"
    assert not accepted(_token({"exp": "1100"})) and not accepted(_token({"exp": 1e400}))
    for algorithm in ("none", "HS512", "RS256", "hs256"):
        assert not accepted(_token({"exp": 1100}, alg=algorithm))
    for broken in ("", ".", "..", good.replace(".", ""), good + ".", "é.é.é", good + "=", good[1:]):
        assert not accepted(broken)


def test_a_token_is_signed_as_everywhere():
    """The example token that the standard's own site shows."""
    signed = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
        ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
    )

    assert JwtBearer().sign(signed.encode(), "your-256-bit-secret") == (
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )


def test_a_secret_for_standard_webhooks_has_the_form_that_gitlab_takes():
    scheme = StandardWebhooks()
    secret = new_secret(scheme)
    kind, _, key = secret.partition("_")

    assert kind == "whsec"
    assert len(base64.b64decode(key, validate=True)) == 32
    headers = {"webhook-id": "1", "webhook-timestamp": "1700000000"}
    headers["webhook-signature"] = scheme.sign(b"1.1700000000." + BODY, secret)
    assert scheme.accepts(Call(headers, BODY, URL), [secret], now=1700000000.0)
