"""Calls of business apps to the real ``/hooks/`` addresses, signed as each app signs."""

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import aiohttp
from ruamel.yaml import YAML

from appservice.errors import ParvisError
from bridges.auth import BasicAuth, HmacHeader
from bridges.base import App

_NAMESPACE = uuid.UUID("2f0be0f6-55a7-4b51-8d43-67c7a1b04a11")


class DeliveryRefused(ParvisError):
    """Our own intake did not take a sample call."""


@dataclass(frozen=True)
class SampleDelivery:
    """One call; *event* is the value of the app's event header, where it has one."""

    app: str
    event: str
    body: bytes


def sample_deliveries(now: datetime) -> Sequence[SampleDelivery]:
    """Return the sample calls, oldest first in each case, their times counted from *now*."""
    source = files("parvis.demo") / "content" / "deliveries.yaml"
    raw = YAML(typ="safe", pure=True).load(source.read_text("utf-8"))
    return [
        SampleDelivery(
            one["app"], one.get("event", ""), json.dumps(_dated(one["body"], now)).encode()
        )
        for one in raw
    ]


async def deliver(
    session: aiohttp.ClientSession, delivery: SampleDelivery, *, app: App, url: str, secret: str
) -> None:
    """Post one call, or raise DeliveryRefused."""
    headers = {"Content-Type": "application/json", **_proof(delivery, app, url, secret)}
    async with session.post(url, data=delivery.body, headers=headers) as answer:
        if answer.status >= 300:  # noqa: PLR2004 - anything but a 2xx
            raise DeliveryRefused(f"{delivery.app}: {answer.status}")


def _proof(delivery: SampleDelivery, app: App, url: str, secret: str) -> Mapping[str, str]:
    """Return the headers by which *app* proves its calls."""
    scheme = app.schemes[0]
    if isinstance(scheme, BasicAuth):
        return {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    if not isinstance(scheme, HmacHeader):
        raise DeliveryRefused(f"{delivery.app}: the demo cannot sign for it")
    timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    before = timestamp.encode() if scheme.timestamp_header else b""
    after = url.encode() if scheme.url_after_body else b""
    signature = scheme.sign(before + delivery.body + after, secret)
    headers = {scheme.header: scheme.prefix + signature}
    if scheme.timestamp_header:
        headers[scheme.timestamp_header] = timestamp
    if delivery.event:
        headers["X-GitHub-Event"] = delivery.event
        headers["X-GitHub-Delivery"] = str(uuid.uuid5(_NAMESPACE, delivery.body.hex()))
    return headers


def _dated(value: Any, now: datetime) -> Any:
    """Replace "@hours" by the time that it means."""
    if isinstance(value, Mapping):
        return {key: _dated(inner, now) for key, inner in value.items()}
    if isinstance(value, list):
        return [_dated(inner, now) for inner in value]
    if isinstance(value, str) and value.startswith("@") and value[1:].isdecimal():
        moment = now.astimezone(UTC) - timedelta(hours=int(value[1:]))
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value
