"""Where the people of a sample live, and by which registration the demo writes in their names."""

from dataclasses import dataclass

_LOCALPART = "importer"


@dataclass(frozen=True)
class Home:
    """Where people of a sample live. *token* is that of the importer's registration."""

    base_url: str
    server_name: str
    token: str


def importer_registration(token: str) -> dict[str, object]:
    """Return the registration, as the homeserver is to read it."""
    return {
        "id": _LOCALPART,
        "url": None,
        "as_token": token,
        "hs_token": token + "-unused",
        "sender_localpart": _LOCALPART,
        "rate_limited": False,
        "namespaces": {"users": [{"regex": "@.*", "exclusive": False}]},
    }
