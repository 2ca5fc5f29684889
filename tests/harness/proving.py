"""How whoever knows the secret of a connection proves a call, whatever its scheme."""

import base64
import json
import time
import uuid
from collections.abc import Mapping

from bridges.auth import (
    BasicAuth,
    BearerToken,
    HmacHeader,
    JwtBearer,
    Scheme,
    SharedToken,
    StandardWebhooks,
)


def proof(scheme: Scheme, secret: str, body: bytes, url: str) -> Mapping[str, str]:
    """Return the headers that prove a call of *body* to *url* now."""
    now = str(int(time.time()))
    if isinstance(scheme, HmacHeader):
        stamp = (now + scheme.separator) if scheme.timestamp_header else ""
        signed = stamp.encode() + body + (url.encode() if scheme.url_after_body else b"")
        headers = {scheme.header: scheme.prefix + scheme.sign(signed, secret)}
        return {**headers, scheme.timestamp_header: now} if scheme.timestamp_header else headers
    if isinstance(scheme, SharedToken):
        return {scheme.header: secret}
    if isinstance(scheme, BearerToken):
        return {"Authorization": f"Bearer {secret}"}
    if isinstance(scheme, BasicAuth):
        return {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    if isinstance(scheme, StandardWebhooks):
        name = str(uuid.uuid4())
        signature = scheme.sign(f"{name}.{now}.".encode() + body, secret)
        return {"webhook-id": name, "webhook-timestamp": now, "webhook-signature": signature}
    if isinstance(scheme, JwtBearer):
        parts = ({"alg": "HS256", "typ": "JWT"}, {"exp": int(now) + 60})
        signed = ".".join(_part(part) for part in parts)
        return {"Authorization": f"Bearer {signed}.{scheme.sign(signed.encode(), secret)}"}
    return {}


def _part(said: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
