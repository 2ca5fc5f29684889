"""A member of staff with a stock Matrix client (nio)."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

import nio

from appservice.ids import UserId


class Person:
    """One signed-in account. Every wait has a deadline."""

    def __init__(self, client: nio.AsyncClient, password: str) -> None:
        self.client = client
        self.password = password
        self.seen: list[nio.Event] = []

    @classmethod
    async def log_in(cls, url: str, user_id: str, password: str) -> Self:
        client = nio.AsyncClient(url, user_id)
        answer = await client.login(password)
        assert isinstance(answer, nio.LoginResponse), answer
        return cls(client, password)

    @property
    def user_id(self) -> UserId:
        return UserId(self.client.user_id)

    @property
    def token(self) -> str:
        return str(self.client.access_token)

    async def create_room(self, **settings: Any) -> str:
        answer = await self.client.room_create(**settings)
        assert isinstance(answer, nio.RoomCreateResponse), answer
        return answer.room_id

    async def join(self, room_id: str) -> None:
        answer = await self.client.join(room_id)
        assert isinstance(answer, nio.JoinResponse), answer

    async def post(self, room_id: str, body: str, **extra: Any) -> str:
        return await self.send(
            room_id, "m.room.message", {"msgtype": "m.text", "body": body, **extra}
        )

    async def comment(self, room_id: str, root: str, body: str) -> str:
        relates = {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": root},
        }
        return await self.post(room_id, body, **{"m.relates_to": relates})

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        relates = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send(room_id, "m.reaction", {"m.relates_to": relates})

    async def edit(self, room_id: str, event_id: str, body: str) -> str:
        new = {"msgtype": "m.text", "body": body}
        relates = {"rel_type": "m.replace", "event_id": event_id}
        extra = {"m.new_content": new, "m.relates_to": relates}
        return await self.post(room_id, f"* {body}", **extra)

    async def redact(self, room_id: str, event_id: str) -> None:
        answer = await self.client.room_redact(room_id, event_id)
        assert isinstance(answer, nio.RoomRedactResponse), answer

    async def send(self, room_id: str, event_type: str, content: dict[str, Any]) -> str:
        answer = await self.client.room_send(room_id, event_type, content)
        assert isinstance(answer, nio.RoomSendResponse), answer
        return answer.event_id

    async def hears(
        self, room_id: str, wanted: Callable[[nio.Event], bool], *, within: float = 30.0
    ) -> nio.Event:
        """Sync until an event of *room_id* is *wanted*; remember all that was seen."""
        deadline = asyncio.get_running_loop().time() + within
        while asyncio.get_running_loop().time() < deadline:
            for event in self.seen:
                if event.source.get("room_id") == room_id and wanted(event):
                    return event
            await self.catch_up(wait=1000)
        raise AssertionError(f"{self.user_id} did not hear it in {room_id} within {within:g} s")

    async def catch_up(self, *, wait: int = 0) -> None:
        """Remember what came; for the first of it, wait so many milliseconds at most."""
        answer = await self.client.sync(timeout=wait, full_state=False)
        if not isinstance(answer, nio.SyncResponse):
            return
        for room, joined in answer.rooms.join.items():
            for event in joined.timeline.events:
                event.source["room_id"] = room
                self.seen.append(event)

    async def close(self) -> None:
        await self.client.close()
