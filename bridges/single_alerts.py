"""One alert of a group, as Alertmanager and Grafana write it: what it is about, and how far it is heard.

Sources: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and
https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rule-evaluation/
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appservice.languages import N_
from appservice.payload import Payload
from bridges.markup import untagged
from bridges.readings import Importance

_PLACES = ("instance", "host", "hostname", "node", "pod", "service", "job")
_OBJECTS = (
    *("pod", "deployment", "statefulset", "daemonset", "horizontalpodautoscaler"),
    *("persistentvolumeclaim", "job_name", "node", "namespace"),
)
_WATCHED_FROM = "kube-state-metrics"
"""Its alerts are about what Kubernetes runs: the instance is where it is watched from."""
_SEVERITIES = ("severity", "priority")
_UNTOLD = {"alertname", "datasource_uid", "endpoint", "prometheus", "ref_id", "uid"}
"""Labels for machines alone."""
_NO_PLACE = {*_UNTOLD, *_SEVERITIES, "alertgroup", "grafana_folder", "rulename"}
_FIRST = (*_SEVERITIES, "team", "service", "namespace", "cluster", "env", "environment")
"""What filters ask for most: there is room for some labels alone."""
_MOST_LABELS = 12
_MOST_DIFFERENCES = 3
_MILD = {"info", "information", "informational", "none"}
_REASONS: Mapping[tuple[bool, str], str] = {
    (True, "NoData"): N_("{alert} fires: no data comes"),
    (True, "Error"): N_("{alert} fires: its query fails"),
    (False, "MissingSeries"): N_("{alert} is no longer measured, and so counts as over"),
    (False, "Paused"): N_("{alert} is over: its rule is paused"),
    (False, "RuleDeleted"): N_("{alert} is over: its rule was deleted"),
    (False, "Updated"): N_("{alert} is over: its rule was changed"),
}
"""What Grafana says of why an alert fires, or is over though nothing got better."""
_SUMMARIES = ("summary", "description", "message")
DESCRIPTIONS = ("description", "message", "summary")
INSTRUCTIONS = ("runbook_url", "runbook", "runbookURL")


@dataclass(frozen=True)
class Alert:
    """One alert, and the labels in which it differs from the others of its group."""

    said: Payload
    differences: tuple[str, ...] = ()

    @property
    def fires(self) -> bool:
        """Tell whether it goes on."""
        return self.said.text("status") != "resolved"

    @property
    def name(self) -> str:
        """Return what its rule is called."""
        return self.said.word("labels", "alertname")

    @property
    def severity(self) -> str:
        """Return how bad it is, in the word of whoever made the rule."""
        return next((told for key in _SEVERITIES if (told := self._label(key))), "")

    @property
    def place(self) -> str:
        """Return where it is; if all of its group are there, with what tells it from them."""
        keys = _OBJECTS if _WATCHED_FROM in self._label("job") else _PLACES
        place = next((key for key in keys if self._label(key)), "")
        known = [key for key in keys if key in self.differences]
        others = known[:1] or [key for key in self.differences if key not in _NO_PLACE]
        shown = [] if place in self.differences else others[:_MOST_DIFFERENCES]
        return " ".join(self._label(key) for key in (place, *shown) if key)

    @property
    def began(self) -> str:
        """Return when it began, as the call says it."""
        return self.said.text("startsAt")

    @property
    def known_by(self) -> str:
        """Return what it is known again by."""
        return self.said.text("fingerprint") or digest(self.said.at("labels").json())

    @property
    def verb(self) -> str:
        """Return what is said of it."""
        reason = self.said.text("annotations", "grafana_state_reason")
        usual = N_("{alert} fires") if self.fires else N_("{alert} is over")
        return _REASONS.get((self.fires, reason), usual)

    @property
    def importance(self) -> Importance:
        """Return how far it is heard: what is over, or says that it is for information, less."""
        mild = self.severity.lower() in _MILD
        return Importance.LOUD if self.fires and not mild else Importance.NORMAL

    @property
    def summary(self) -> str:
        """Return what it says in short, or else at length."""
        told = (annotation(self.said.at("annotations"), key) for key in _SUMMARIES)
        return next((text for text in told if text), "")

    def _label(self, key: str) -> str:
        return self.said.word("labels", key)


def alerts_of(body: Payload) -> list[Alert]:
    """Return the alerts of a call, each with what tells it from the others."""
    said, common = body.items("alerts"), body.at("commonLabels")
    return [Alert(one, _differences(one, common) if len(said) > 1 else ()) for one in said]


def annotation(annotations: Payload, key: str) -> str:
    """Return what an annotation says; people write them for mail programs too, with HTML."""
    return untagged(annotations.text(key)).strip()


def labels_of(common: Payload) -> tuple[str, ...]:
    """Return what all alerts have in common, as filters may ask for it: severity=critical."""
    names = [name for name in common.fields if common.word(name) and _is_told(name)]
    names.sort(key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return tuple(f"{name}={common.word(name)}" for name in names[:_MOST_LABELS])


def is_page(url: str) -> bool:
    """Tell whether an address leads anywhere: Grafana's test writes half of one."""
    return url.startswith(("https://", "http://"))


def digest(text: bytes) -> str:
    """Return a short word for *text*, the same for the same."""
    return hashlib.sha256(text).hexdigest()[:32]


def firing_or_all(alerts: Sequence[Alert]) -> Sequence[Alert]:
    """Return the alerts that fire: the others say how it was; all, if none does."""
    return [alert for alert in alerts if alert.fires] or alerts


def _differences(alert: Payload, common: Payload) -> tuple[str, ...]:
    labels = alert.at("labels")
    names = (name for name in labels.fields if _is_told(name))
    return tuple(name for name in names if labels.word(name) != common.word(name))


def _is_told(name: str) -> bool:
    return name not in _UNTOLD and not name.startswith("__")
