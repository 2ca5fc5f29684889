"""What of a room differs from its plan: pure, so that a second look at a mended room finds nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from appservice.errors import CommandError
from appservice.ids import RoomId
from appservice.languages import N_
from appservice.payload import Payload
from spaces.actual import RoomState
from spaces.levels import capped
from spaces.rooms import TOMBSTONE, House, RoomPlan, StateItem, child
from spaces.sharing import federates


def differences(plan: RoomPlan, actual: RoomState) -> Iterator[StateItem]:
    """Walk the state that must be sent. Levels come first: the rest may need them."""
    for item in _wanted(plan, actual):
        present = actual.state(item.type, item.state_key)
        if present is None or present.fields != item.content:
            yield item


def _wanted(plan: RoomPlan, actual: RoomState) -> Iterator[StateItem]:
    """Walk the state that must hold.

    Raises CommandError where partners are to come into a room that is not federated.
    """
    federated = federates(actual.state("m.room.create") or Payload())
    if plan.partners and not federated:
        raise CommandError(
            N_("“{group}” was made for this organization alone; make a new group to share."),
            group=plan.name,
        )
    yield StateItem("m.room.power_levels", _levels(plan, actual))
    if not_ours := _foreign_tombstone(plan, actual):
        yield not_ours
    yield StateItem("m.room.name", {"name": plan.name})
    topic = actual.state("m.room.topic")
    # Homeservers add a rich form of the topic beside the plain one (spec v1.15), so only words count.
    if plan.topic and (topic is None or topic.text("topic") != plan.topic):
        yield StateItem("m.room.topic", {"topic": plan.topic})
    if plan.alias:
        yield StateItem("m.room.canonical_alias", {"alias": plan.alias})
    yield from plan.state(federated=federated)


def _levels(plan: RoomPlan, actual: RoomState) -> dict[str, Any]:
    """Return the levels; in a room that the bot did not make, as far as its own one reaches."""
    levels = plan.levels(version=actual.version, creators=actual.creators)
    if plan.house.bot in actual.creators:
        return levels
    present = actual.state("m.room.power_levels") or Payload()
    return capped(levels, present, bot=plan.house.bot)


def _foreign_tombstone(plan: RoomPlan, actual: RoomState) -> StateItem | None:
    """Return what unsays that a room goes on elsewhere, where the plan knows nothing of it."""
    planned = any(item.type == TOMBSTONE for item in plan.more)
    said = (actual.state(TOMBSTONE) or Payload()).text("replacement_room")
    # Synapse 1.163 takes no tombstone without the key.
    unsaid = {"body": "", "replacement_room": ""}
    return StateItem(TOMBSTONE, unsaid) if said and not planned else None


def missing_children(
    house: House,
    actual: RoomState,
    wanted: Mapping[RoomId, tuple[str, bool]],
    ours: Sequence[RoomId],
) -> Iterator[StateItem]:
    """Walk what a space must say to point at exactly *wanted* of the rooms that are *ours*.

    *wanted* holds each child's order, and whether clients suggest it.
    """
    for room_id, (order, suggested) in wanted.items():
        item = child(room_id, house.via, order=order, suggested=suggested)
        present = actual.state(item.type, item.state_key)
        if present is None or present.fields != item.content:
            yield item
    for room_id in ours:
        present = actual.state("m.space.child", room_id)
        if room_id not in wanted and present:
            yield StateItem("m.space.child", {}, state_key=room_id)
