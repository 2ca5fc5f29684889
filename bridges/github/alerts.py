"""Security alerts: vulnerable dependencies, faults in code, secrets in commits. They are for those who
work there: told where a connection asks for what is confidential, and never with the secret itself.

Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#dependabot_alert and the like
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.github.reading import about, at, happened, repository, repository_id
from bridges.parts import Verbs, excerpt, summary, unread
from bridges.readings import Card, Ignored, Importance, Reading, Secrecy, State, StateClass, fields

ALERT_VERBS: Verbs = {
    "opened": (N_("GitHub found this"), Importance.LOUD),
    "reopened": (N_("This alert is open again"), Importance.LOUD),
    "leaked": (N_("This secret stands where anybody can read it"), Importance.LOUD),
    "dismissed": (N_("{actor} dismissed this alert"), Importance.NORMAL),
    "fixed": (N_("This was fixed"), Importance.NORMAL),
}
_DONE: Mapping[str, str] = {
    **dict.fromkeys(("created", "create", "appeared_in_branch"), "opened"),
    **dict.fromkeys(("reopened", "reopen", "reopened_by_user"), "reopened"),
    **dict.fromkeys(("reintroduced", "auto_reopened"), "reopened"),
    "publicly_leaked": "leaked",
    **dict.fromkeys(("dismissed", "dismiss", "auto_dismissed", "closed_by_user"), "dismissed"),
    **dict.fromkeys(("fixed", "resolved", "resolve", "revoked"), "fixed"),
}
_STATES: Mapping[str, State] = {
    **dict.fromkeys(("opened", "reopened", "leaked"), State(N_("Open"), StateClass.FAILED)),
    "dismissed": State(N_("Dismissed"), StateClass.DONE),
    "fixed": State(N_("Fixed"), StateClass.DONE),
}
_Told = Callable[[Payload, Card], Card]


def read_alert(delivery: Delivery) -> Reading | Ignored:
    """Read the alerts of each kind; their actions are many, what they come to is not."""
    body, alert, action = delivery.body, delivery.body.at("alert"), delivery.body.text("action")
    kind = delivery.header("x-github-event").removesuffix("_alert")
    number, done = alert.word("number") or alert.word("id"), _outcome(alert, action)
    if not done or not number or kind not in _KINDS:
        return unread(f"{kind}_alert", action)
    when = at(alert, "updated_at", "fixed_at", "dismissed_at", "resolved_at", "created_at")
    url = alert.text("html_url") or alert.text("external_reference")
    # GitHub says both where a fault is new on a branch; the first tells it.
    key = done if done == "opened" else f"{done}:{when}"
    step = happened(body, ALERT_VERBS[done], key, when=when, url=url)
    card = Card(
        case=f"{repository_id(body)}/alert/{kind.removeprefix('repository_')}/{number}",
        noun=N_("Security alert"),
        number=f"#{number}" if "number" in alert else "",
        url=url or None,
        state=_STATES[done],
        updated=when,
    )
    reading = about(body, f"alert.{done}", _KINDS[kind](body, card), step)
    return replace(reading, secrecy=Secrecy.CONFIDENTIAL)


def _outcome(alert: Payload, action: str) -> str:
    """Return what an action comes to; a secret may be resolved because it is none, or nobody minds."""
    minded = alert.text("resolution") in {"", "revoked"}
    return _DONE.get(action, "") if minded or action != "resolved" else "dismissed"


def _dependency(body: Payload, card: Card) -> Card:
    alert = body.at("alert")
    advisory, fault = alert.at("security_advisory"), alert.at("security_vulnerability")
    package = fault.text("package", "name") or alert.text("affected_package_name")
    range_ = fault.text("vulnerable_version_range") or alert.text("affected_range")
    known = advisory.text("cve_id") or alert.text("external_identifier")
    severity = advisory.text("severity") or alert.text("severity")
    mended = fault.text("first_patched_version", "identifier") or alert.text("fixed_in")
    return _filled(
        body,
        card,
        advisory.text("summary") or f"{package} {known}".strip(),
        severity,
        summary(advisory, "description"),
        package=f"{package} {range_}".strip(),
        mended=mended,
    )


def _code(body: Payload, card: Card) -> Card:
    alert = body.at("alert")
    rule, found = alert.at("rule"), alert.at("most_recent_instance")
    path, line = found.text("location", "path"), found.word("location", "start_line")
    severity = rule.text("security_severity_level") or rule.text("severity")
    title = rule.text("description") or rule.text("name") or rule.text("id")
    place = f"{path}:{line}" if path and line else path
    return _filled(body, card, title, severity, excerpt(found.at("message"), "text"), place=place)


def _secret(body: Payload, card: Card) -> Card:
    alert = body.at("alert")
    kind = alert.text("secret_type_display_name") or alert.text("secret_type").replace("_", " ")
    return _filled(body, card, kind, "", None)


def _filled(
    body: Payload,
    card: Card,
    title: str,
    severity: str,
    said: str | None,
    *,
    package: str = "",
    mended: str = "",
    place: str = "",
) -> Card:
    facts = fields(
        (N_("Repository"), repository(body)),
        (N_("Severity"), severity.capitalize() or None),
        (N_("Package"), package or None),
        (N_("Fixed in"), mended or None),
        (N_("Place"), place or None),
    )
    return replace(card, title=title or None, excerpt=said, fields=facts)


_KINDS: Mapping[str, _Told] = {
    "dependabot": _dependency,
    "repository_vulnerability": _dependency,
    "code_scanning": _code,
    "secret_scanning": _secret,
}
