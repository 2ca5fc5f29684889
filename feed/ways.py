"""The ways of signing in that a homeserver offers."""

from collections.abc import Sequence
from dataclasses import dataclass

from appservice.payload import Payload


@dataclass(frozen=True)
class Way:
    """An identity provider; both are empty where the homeserver names none."""

    id: str
    name: str


@dataclass(frozen=True)
class Ways:
    """How people may sign in."""

    by_password: bool
    providers: tuple[Way, ...] = ()


def ways_of(flows: Sequence[Payload]) -> Ways:
    """Read the flows of GET /login (Client-Server API, "Login").

    Where one prefers OAuth (MSC3824), passwords are kept for old clients only: nobody has one.
    """
    offered = {flow.text("type"): flow for flow in flows}
    single = offered.get("m.login.sso")
    if single is None or "m.login.token" not in offered:
        return Ways(by_password="m.login.password" in offered)
    named = [Way(one.text("id"), one.text("name")) for one in single.items("identity_providers")]
    old = any(
        single.flag(key)
        for key in ("oauth_aware_preferred", "org.matrix.msc3824.delegated_oidc_compatibility")
    )
    by_password = "m.login.password" in offered and not old
    return Ways(by_password=by_password, providers=tuple(named) or (Way("", ""),))
