"""Lets people reach the bot: takes invitations in, and leads those who wrote encrypted to a room
that the bot can read.
"""

from collections.abc import Sequence

from appservice.account import Account
from appservice.commands.invitations import Invitation, Invitations
from appservice.commands.requests import RequestStore
from appservice.errors import Forbidden, NotFound
from appservice.events import ENCRYPTED, ENCRYPTION, MEMBER, RoomEvent
from appservice.ids import RoomId, UserId, server_of
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing

# One text in both languages: of somebody who writes here for the first time we know none.
_CANNOT_READ = (
    "Je ne peux pas lire les messages chiffrés. Je vous invite dans une autre conversation, "
    "non chiffrée\u202f: écrivez-moi là-bas.\n\n"
    "I cannot read encrypted messages. I am inviting you to another conversation, which is not "
    "encrypted: write to me there."
)


class Doorkeeper:
    """A Subscriber that looks after direct rooms."""

    def __init__(
        self,
        *,
        bot: Account,
        requests: RequestStore,
        outbox: Outbox,
        invitations: Invitations,
    ) -> None:
        self._bot = bot
        self._requests = requests
        self._outbox = outbox
        self._invitations = invitations

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Answer invitations and encrypted messages among *events*."""
        for event in events:
            if event.type == MEMBER and event.state_key == self._bot.user_id:
                await self._invited(event)
            elif event.type == ENCRYPTED and event.sender != self._bot.user_id:
                await self._lead_to_plain_room(event)

    async def _invited(self, event: RoomEvent) -> None:
        """Note where somebody of our own server asks us to; others have no business here."""
        if event.content.text("membership") != "invite":
            return
        if server_of(event.sender) != server_of(self._bot.user_id):
            return
        direct = event.content.flag("is_direct")
        await self._invitations.note(Invitation(event.room_id, event.sender, direct))

    async def _lead_to_plain_room(self, event: RoomEvent) -> None:
        """Say once in the encrypted room that we cannot read it, and invite elsewhere."""
        rooms = await self._requests.direct_rooms(event.sender)
        if event.room_id not in rooms and len(await self._bot.joined_members(event.room_id)) > 2:  # noqa: PLR2004
            return  # A group's encrypted chat is not addressed to us.
        # From now on this room counts as encrypted, also if it was plain when we came in.
        await self._requests.note_direct(event.room_id, event.sender, encrypted=True)
        await self.plain_room(event.sender)
        notice = {"msgtype": "m.notice", "body": _CANNOT_READ, "m.mentions": {}}
        key = f"encrypted:{event.room_id}"
        await self._outbox.enqueue(Outgoing(key=key, room_id=event.room_id, content=notice))

    async def plain_room(self, user_id: UserId) -> RoomId:
        """Return an unencrypted room that a person is in or invited to; make one if there is none.

        Nobody else is in it: what the bot tells one person may be for that person alone.
        """
        for room_id, encrypted in (await self._requests.direct_rooms(user_id)).items():
            if encrypted:
                continue
            try:
                # A room that we were asked into a moment ago is not known to be plain yet.
                if await self._bot.state_content(room_id, ENCRYPTION) is not None:
                    continue
                if set(await self._bot.joined_members(room_id)) - {user_id, self._bot.user_id}:
                    continue
                member = await self._bot.state_content(room_id, MEMBER, user_id)
                if member is None or member.text("membership") not in {"join", "invite"}:
                    await self._bot.invite(room_id, user_id)
            except (Forbidden, NotFound):
                continue  # A room that we were sent out of, or that they closed to us.
            else:
                return room_id
        return await self._make_plain_room(user_id)

    async def _make_plain_room(self, user_id: UserId) -> RoomId:
        room_id = await self._bot.create_room(
            {
                "preset": "private_chat",
                "name": "Parvis",
                "is_direct": True,
                "invite": [user_id],
                "initial_state": [
                    {
                        "type": "org.parvis.room",
                        "state_key": "",
                        "content": {"part": "direct", "with": user_id},
                    }
                ],
            }
        )
        await self._requests.note_direct(room_id, user_id, encrypted=False)
        return room_id
