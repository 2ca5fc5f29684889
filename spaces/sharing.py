"""Groups that other organizations read too: which servers their rooms let in.

A shared group's rooms are federated and list the servers that may take part. All other rooms are
not federated, which no later event can change.
"""

import re
from collections.abc import Sequence
from typing import Any

from appservice.ids import parse_server_name
from appservice.payload import Payload

SERVER_ACL = "m.room.server_acl"
_PORT = re.compile(r":\d{1,5}\Z")


def server_acl(own: str, partners: Sequence[str]) -> dict[str, Any]:
    """Return the m.room.server_acl content that lets in exactly *own* and *partners*.

    The list is matched without ports, and with * and ? as wildcards: a name that is none raises
    MalformedId.
    """
    hosts = [_PORT.sub("", parse_server_name(name)) for name in (own, *partners)]
    return {
        "allow": hosts,
        "deny": [],
        "allow_ip_literals": any(_is_ip_literal(host) for host in hosts),
    }


def federates(create: Payload) -> bool:
    """Tell whether other servers can take part in the room of this m.room.create content."""
    return "m.federate" not in create or create.flag("m.federate")


def _is_ip_literal(host: str) -> bool:
    return host.startswith("[") or host.replace(".", "").isdecimal()
