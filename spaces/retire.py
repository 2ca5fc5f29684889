"""Who owns what, so that an organization can go on without Parvis."""

from collections.abc import Sequence
from dataclasses import dataclass

from appservice.account import Account
from appservice.commands.replies import quoted
from appservice.errors import HomeserverError
from appservice.events import MEMBER
from appservice.ids import RoomId, UserId
from appservice.languages import N_, Phrases
from appservice.payload import Payload
from spaces.reconcile import Reconciler
from spaces.vocabulary import Access, Part

_PARTS = {
    Part.ROOT: N_("organization"),
    Part.SPACE: N_("space"),
    Part.POSTS: N_("posts"),
    Part.CHAT: N_("chat"),
}
_ORDER = list(Part)


@dataclass(frozen=True)
class OwnedRoom:
    """One room of ours, and what the co-creator is in it.

    *name* is empty for the rooms of a secret group: whoever runs the machine may be outside it.
    """

    room_id: RoomId
    part: Part
    name: str
    version: str
    creators: tuple[UserId, ...]
    co_creator: str
    """The co-creator's membership: "join", "invite", or "" if it cannot get in by itself."""


class Retirement:
    """Reads the homeserver; changes nothing."""

    def __init__(self, *, bot: Account, reconciler: Reconciler) -> None:
        self._bot = bot
        self._reconciler = reconciler
        self._house = reconciler.house

    async def rooms(self) -> Sequence[OwnedRoom]:
        """Return every room of the organization, group by group."""
        marked = await self._reconciler.rooms()
        found = []
        for (uuid, part), room_id in marked.items():
            declared = await self._reconciler.declared(uuid) if uuid else None
            secret = part is not Part.ROOT and (
                declared is None or declared.access is Access.SECRET
            )
            name = "" if secret else declared.name if declared else self._house.name
            found.append(((bool(uuid), name, uuid), await self._room(room_id, part, name)))
        found.sort(key=lambda item: (item[0], _ORDER.index(item[1].part)))
        return [room for _, room in found]

    async def report(self, words: Phrases) -> str:
        """Return the report in Markdown."""
        rooms = await self.rooms()
        return "\n\n".join([_opening(rooms, self._house.co_creator, words), _table(rooms, words)])

    async def _room(self, room_id: RoomId, part: Part, name: str) -> OwnedRoom:
        create = await self._bot.state_event(room_id, "m.room.create")
        if create is None:
            raise HomeserverError(404, "M_NOT_FOUND", f"{room_id} has no beginning")
        others = create.content.texts("additional_creators")
        return OwnedRoom(
            room_id=room_id,
            part=part,
            name=name,
            version=create.content.text("room_version"),
            creators=(create.sender, *(UserId(user) for user in others)),
            co_creator=await self._standing_of_co_creator(room_id),
        )

    async def _standing_of_co_creator(self, room_id: RoomId) -> str:
        if self._house.co_creator is None:
            return ""
        member = await self._bot.state_content(room_id, MEMBER, self._house.co_creator) or Payload()
        membership = member.text("membership")
        return membership if membership in {"join", "invite"} else ""


def _opening(rooms: Sequence[OwnedRoom], co_creator: UserId | None, words: Phrases) -> str:
    title = "# " + words(N_("Who owns the rooms"))
    if co_creator is None:
        return f"{title}\n\n" + words(
            N_(
                "The config names no co-creator. Without Parvis nobody can rename a room, change "
                "its levels or upgrade it. Name one in `homeserver.co_creator`: it holds 150 in "
                "all rooms after the next start."
            )
        )
    steps = words(
        N_(
            "Without Parvis, sign in as {account} with any Matrix client, accept the invitations "
            "that wait there, and name new owners: that account renames, changes levels and "
            "upgrades every room below. People, posts and chat stay where they are. Keep the "
            "entry of Parvis in the homeserver's settings until then, so that nobody can take "
            "the bot's name."
        ),
        account=f"`{co_creator}`",
    )
    outside = [room for room in rooms if not room.co_creator]
    if not outside:
        return f"{title}\n\n{steps}"
    listed = ", ".join(f"`{room.room_id}`" for room in outside)
    warning = words(
        N_("Attention: {account} is neither in these rooms nor invited: {rooms}."),
        account=f"`{co_creator}`",
        rooms=listed,
    )
    return f"{title}\n\n{steps}\n\n**{warning}**"


def _table(rooms: Sequence[OwnedRoom], words: Phrases) -> str:
    heads = [N_("Group"), N_("Room"), N_("Version"), N_("Creators"), N_("Co-creator"), N_("Id")]
    standing = {"join": N_("is in"), "invite": N_("invited"), "": N_("outside")}
    lines = ["| " + " | ".join(words(head) for head in heads) + " |", "|---" * len(heads) + "|"]
    for room in rooms:
        cells = [
            quoted(room.name) or words(N_("(secret)")),
            words(_PARTS[room.part]),
            room.version,
            ", ".join(f"`{user}`" for user in room.creators),
            words(standing[room.co_creator]),
            f"`{room.room_id}`",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
