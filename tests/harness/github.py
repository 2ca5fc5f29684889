"""Deliveries as GitHub sends them, written from its documented contract."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REPOSITORY = {"id": 5, "full_name": "ateliers/pompe", "private": False}


@dataclass(frozen=True)
class GithubCall:
    """One webhook call, not yet signed."""

    event: str
    body: bytes
    id: str

    def headers(self, secret: str) -> Mapping[str, str]:
        signature = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/1a2b3c",
            "X-GitHub-Event": self.event,
            "X-GitHub-Delivery": self.id,
            "X-Hub-Signature-256": f"sha256={signature}",
        }


def call(event: str, action: str, *, by: str = "ana", **parts: Any) -> GithubCall:
    body = {"action": action, **parts, "repository": REPOSITORY}
    body["sender"] = {"login": by, "type": "User"}
    return GithubCall(event, json.dumps(body).encode(), str(uuid.uuid4()))


def pull_request(number: int, minute: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": 9000 + number,
        "number": number,
        "title": "Répare la connexion",
        "state": "open",
        "merged": False,
        "draft": False,
        "html_url": f"https://github.com/ateliers/pompe/pull/{number}",
        "user": {"login": "ana", "type": "User"},
        "body": "La **connexion** échoue après minuit.",
        "labels": [],
        "assignees": [],
        "requested_reviewers": [],
        "head": {"ref": "fix"},
        "base": {"ref": "main"},
        "created_at": "2026-05-04T09:00:00Z",
        "updated_at": f"2026-05-04T09:{minute:02}:00Z",
        **changes,
    }


def pull_request_history(number: int = 7) -> list[GithubCall]:
    """Opened, labelled, commented on, reviewed, pushed to, merged."""
    label = {"name": "bug"}
    comment = {
        "id": 71,
        "body": "Vu aussi à Bron. cc @room",
        "created_at": "2026-05-04T09:02:00Z",
        "html_url": "https://github.com/ateliers/pompe/pull/7#issuecomment-71",
    }
    review = {
        "id": 72,
        "state": "approved",
        "body": "Très bien",
        "submitted_at": "2026-05-04T09:03:00Z",
        "html_url": "https://github.com/ateliers/pompe/pull/7#pullrequestreview-72",
    }

    def pull(minute: int, **changes: Any) -> dict[str, Any]:
        return pull_request(number, minute, **changes)

    labelled = {"labels": [label]}
    issue = {**pull(2, **labelled), "pull_request": {"merged_at": None}}
    merged = {"state": "closed", "merged": True, "merged_at": "2026-05-04T09:05:00Z", **labelled}
    return [
        call("pull_request", "opened", pull_request=pull(0)),
        call("pull_request", "labeled", pull_request=pull(1, **labelled), label=label),
        call("issue_comment", "created", issue=issue, comment=comment, by="malik"),
        call(
            "pull_request_review",
            "submitted",
            pull_request=pull(3, **labelled),
            review=review,
            by="zoé",
        ),
        call("pull_request", "synchronize", pull_request=pull(4, **labelled)),
        call("pull_request", "closed", pull_request=pull(5, **merged)),
    ]
