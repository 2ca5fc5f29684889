"""Talking to the bot, from a stock client."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from urllib.parse import quote

from tests.harness.calls import call
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.wait import until

CHARTER = "audience=Tous needs=Savoir obstacles=Distance relief=Fiches reason=Confidentiel"
"""The answers that make a group of a draft at once."""


class Talk:
    """A direct conversation with the bot; it counts what was asked."""

    def __init__(self, house: House, person: Person, room_id: str) -> None:
        self.house = house
        self.person = person
        self.room_id = room_id
        self.asked = 0

    @classmethod
    async def begin(cls, house: House, person: Person) -> "Talk":
        room_id = await person.create_room(
            is_direct=True, invite=[house.app.trays.bot.user_id], preset=None
        )
        return cls(house, person, room_id)

    async def ask(self, command: str) -> str:
        """Return what the bot answers to *command*."""
        self.asked += 1
        before = len(self.person.seen)
        await self.person.post(self.room_id, command)
        bot = self.house.app.trays.bot.user_id

        def is_new_answer(event) -> bool:
            fresh = event not in self.person.seen[:before]
            return fresh and event.sender == bot and bool(getattr(event, "body", ""))

        answer = await self.person.hears(self.room_id, is_new_answer)
        return answer.body

    async def ask_all(self, commands: Sequence[str]) -> Mapping[str, str]:
        """Return the answer to each of *commands*, which are asked without waiting."""
        asked = [await self.person.post(self.room_id, command) for command in commands]
        # One sync holds few events of a room.
        path = f"/rooms/{quote(self.room_id)}/messages?dir=b&limit={4 * len(commands)}"
        bot = self.house.app.trays.bot.user_id

        async def answers() -> list[str]:
            events = (await call(self.person, "GET", path))[1]["chunk"]
            new = list(takewhile(lambda event: event["event_id"] != asked[0], events))
            # The bot may enter only now, which is no answer.
            said = [
                event["content"]["body"]
                for event in reversed(new)
                if event["sender"] == bot and event["type"] == "m.room.message"
            ]
            return said if len(said) >= len(asked) else []

        found = await until(answers, f"{len(asked)} answers", within=30)
        self.asked += len(asked)
        await self.person.catch_up()
        return dict(zip(commands, found, strict=True))
