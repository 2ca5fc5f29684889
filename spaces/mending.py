"""Brings a room that stands already to what its plan says, sending only what differs."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from appservice.account import Account
from appservice.errors import CommandError
from appservice.events import MEMBER
from appservice.ids import RoomId, UserId
from appservice.languages import N_
from appservice.payload import Payload
from spaces.rooms import RoomPlan, StateItem
from spaces.sharing import federates

State: TypeAlias = Mapping[tuple[str, str], Payload]


async def mend(bot: Account, room_id: RoomId, plan: RoomPlan) -> None:
    """Repair levels, name, rules and marks, and invite the co-creator again if it is missing.

    Raises CommandError where partners are to come into a room that is not federated.
    """
    creator, state = UserId(""), dict[tuple[str, str], Payload]()
    for event in await bot.state(room_id):
        state[event.type, event.state_key or ""] = event.content
        if event.type == "m.room.create":
            creator = event.sender
    for item in _wanted(plan, state, creator):
        present = state.get((item.type, item.state_key))
        if present is None or present.fields != item.content:
            await bot.send_state(room_id, item.type, item.content, state_key=item.state_key)
    co_creator = plan.house.co_creator
    if co_creator and _membership(state, co_creator) in {"", "leave"}:
        await bot.invite(room_id, co_creator)


def _wanted(plan: RoomPlan, state: State, creator: UserId) -> Iterator[StateItem]:
    """Walk the state that must hold. Levels come first: the rest may need them."""
    create = state.get(("m.room.create", ""), Payload())
    federated = federates(create)
    if plan.partners and not federated:
        raise CommandError(
            N_("“{group}” was made for this organization alone; make a new group to share."),
            group=plan.name,
        )
    others = (UserId(user) for user in create.texts("additional_creators"))
    levels = plan.levels(version=create.text("room_version"), creators=(creator, *others))
    yield StateItem("m.room.power_levels", levels)
    yield StateItem("m.room.name", {"name": plan.name})
    # Owners may change the topic, so it is set only where there is none.
    if plan.topic and ("m.room.topic", "") not in state:
        yield StateItem("m.room.topic", {"topic": plan.topic})
    yield from plan.state(federated=federated)


def _membership(state: State, user_id: UserId) -> str:
    return state.get((MEMBER, user_id), Payload()).text("membership")
