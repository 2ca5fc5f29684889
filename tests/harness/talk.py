"""Talking to the bot, from a stock client."""

from tests.harness.house import House
from tests.harness.person import Person

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
