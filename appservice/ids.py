"""Matrix identifiers as types, with the few questions one may ask of them.

Nothing here parses a server out of a room id: from room version 12 on there is none in it.
"""

import re
from typing import NewType

from appservice.errors import MalformedId

UserId = NewType("UserId", str)
RoomId = NewType("RoomId", str)
EventId = NewType("EventId", str)
RoomAlias = NewType("RoomAlias", str)
DeviceId = NewType("DeviceId", str)

_MAX_BYTES = 255  # Client-Server API, appendix "Common identifier format".
_USER = re.compile(r"@[^:\x00\s]+:[A-Za-z0-9.\-\[\]:_]+\Z")
_SERVER = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9.\-\[\]:]+\Z")
_MEDIA = re.compile(r"[A-Za-z0-9_\-]+\Z")


def parse_user_id(text: str) -> UserId:
    """Return *text* as a user id, or raise MalformedId. A port may follow the server name."""
    if len(text.encode("utf-8", "replace")) > _MAX_BYTES or not _USER.match(text):
        raise MalformedId(text)
    return UserId(text)


def localpart(user_id: UserId) -> str:
    """Return what stands between the sigil and the first colon."""
    return user_id[1:].partition(":")[0]


def server_of(user_id: UserId) -> str:
    """Return the server name of a user id, its port included."""
    return user_id.partition(":")[2]


def parse_server_name(text: str) -> str:
    """Return *text* as a server name, or raise MalformedId. A port may follow."""
    if len(text) > _MAX_BYTES or not _SERVER.match(text):
        raise MalformedId(text)
    return text


def parse_mxc(uri: str) -> tuple[str, str]:
    """Split ``mxc://server/media`` into server name and media id, or raise MalformedId.

    The grammar is strict because both parts end in a URL path (CVE-2024-50336).
    """
    server, _, media = uri.removeprefix("mxc://").partition("/")
    if not uri.startswith("mxc://") or not _SERVER.match(server) or not _MEDIA.match(media):
        raise MalformedId(uri)
    return server, media
