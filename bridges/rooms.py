"""What the bridges ask about rooms; the roof wires it to the groups."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from appservice.ids import RoomId
from appservice.languages import Phrases


@dataclass(frozen=True)
class Rooms:
    """The questions."""

    words: Callable[[RoomId], Awaitable[Phrases]]
    """In which language apps speak there."""
    shared: Callable[[RoomId], Awaitable[bool]]
    """Whether other servers read along."""
