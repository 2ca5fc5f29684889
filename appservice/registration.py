"""The registration: what the homeserver must know of us (spec v1.19, "Registration")."""

import re
import secrets
from dataclasses import dataclass
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from appservice.ids import UserId


@dataclass(frozen=True)
class Registration:
    """One appservice's entry. *url* is where the homeserver reaches our pushes listener."""

    id: str
    url: str
    as_token: str
    hs_token: str
    bot_localpart: str
    server_name: str

    @property
    def bot(self) -> UserId:
        """Return the bot's account."""
        return UserId(f"@{self.bot_localpart}:{self.server_name}")

    def document(self) -> dict[str, Any]:
        """Return the registration as the homeserver reads it.

        Patterns are matched from the start but not to the end, so each says where it ends.
        Without ``rate_limited: false`` the default limits stop a bot after some ten events.
        """
        local, server = re.escape(self.bot_localpart), re.escape(self.server_name)
        return {
            "id": self.id,
            "url": self.url,
            "as_token": self.as_token,
            "hs_token": self.hs_token,
            "sender_localpart": self.bot_localpart,
            "rate_limited": False,
            "receive_ephemeral": False,
            "namespaces": {
                "users": [{"exclusive": True, "regex": f"@{local}(_.*)?:{server}$"}],
                "aliases": [{"exclusive": True, "regex": f"#{local}(_.*)?:{server}$"}],
                "rooms": [],
            },
        }

    def differences(self, text: str) -> list[str]:
        """Return the keys in which the file's *text* is not as we need it; empty is well."""
        try:
            found = YAML(typ="safe", pure=True).load(text)
        except YAMLError:
            return ["yaml"]
        if not isinstance(found, dict):
            return ["yaml"]
        return [key for key, value in self.document().items() if found.get(key) != value]

    def yaml(self) -> str:
        """Return the text of registration.yaml."""
        text = StringIO()
        YAML().dump(self.document(), text)
        return text.getvalue()


def new_token() -> str:
    """Return a secret that goes into URLs and headers as it is."""
    return secrets.token_urlsafe(32)
