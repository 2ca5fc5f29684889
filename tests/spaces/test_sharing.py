"""Shared groups: federated rooms that name the servers which may take part."""

from dataclasses import replace

import pytest

from appservice.errors import CommandError, MalformedId
from spaces.sharing import server_acl
from tests.harness.calls import call

PARTNER = "partner.example"


async def acl(person, room_id: str) -> list[str] | None:
    status, content = await call(person, "GET", f"/rooms/{room_id}/state/m.room.server_acl")
    return content["allow"] if status == 200 else None


async def federates(person, room_id: str) -> bool:
    _, content = await call(person, "GET", f"/rooms/{room_id}/state/m.room.create")
    return content.get("m.federate", True)


async def test_only_a_shared_groups_rooms_are_federated_and_for_its_partners_alone(talk):
    ours = talk.house.homeserver.server_name
    closed = await talk.house.group("Vélo", [talk.person])
    shared = await talk.house.group("Chantier", [talk.person], partners=(PARTNER,))
    root = await talk.house.app.spaces.reconciler.root()

    assert not any([await federates(talk.person, room) for room in (root, *closed.rooms)])
    assert all([await federates(talk.person, room) for room in shared.rooms])
    for room in shared.rooms:
        assert await acl(talk.person, room) == [ours, PARTNER]
    assert "partagé avec partner.example" in await talk.ask(f"group show {shared.slug}")


async def test_declaring_it_again_sends_nothing_and_a_partner_who_goes_leaves_the_list(talk):
    reconciler = talk.house.app.spaces.reconciler
    ours = talk.house.homeserver.server_name
    shared = await talk.house.group("Chantier", [talk.person], partners=(PARTNER,))

    async def state() -> set[tuple[str, str, str]]:
        _, events = await call(talk.person, "GET", f"/rooms/{shared.space_id}/state")
        return {(event["type"], event["state_key"], event["event_id"]) for event in events}

    before = await state()
    await reconciler.ensure(shared.declaration)
    again = await state()
    alone = await reconciler.ensure(replace(shared.declaration, partners=()))

    assert again == before, again ^ before
    for room in alone.rooms:
        assert await acl(talk.person, room) == [ours]


async def test_what_a_space_declares_is_read_back(talk):
    spaces = talk.house.app.spaces
    shared = await talk.house.group("Chantier", [talk.person], partners=(PARTNER,))
    await spaces.reconciler.survey()

    found = await spaces.groups.by_slug(shared.slug)

    assert found is not None
    assert found.declaration.partners == (PARTNER,)


async def test_a_group_made_for_the_organization_alone_cannot_be_opened(talk):
    group = await talk.house.group("Vélo", [talk.person])

    with pytest.raises(CommandError, match="for this organization alone"):
        await talk.house.app.spaces.reconciler.ensure(
            replace(group.declaration, partners=(PARTNER,))
        )


async def test_nobody_of_another_server_is_invited_and_no_partner_becomes_an_owner(talk):
    closed = await talk.house.group("Vélo", [talk.person])
    shared = await talk.house.group("Chantier", [talk.person], partners=(PARTNER,))

    stranger = await talk.ask(f"member add {shared.slug} @zoe:elsewhere.example")
    outsider = await talk.ask(f"member add {closed.slug} @zoe:{PARTNER}")

    assert "n’est pas un compte de cette organisation" in stranger
    assert "n’est pas un compte de cette organisation" in outsider
    with pytest.raises(CommandError, match="is not shared with"):
        await talk.house.app.spaces.members.invite(closed, f"@zoe:{PARTNER}")


def test_the_list_has_no_ports_and_no_wildcards():
    assert server_acl("ours.test:8448", ["a.example", "[::1]:18448"]) == {
        "allow": ["ours.test", "a.example", "[::1]"],
        "deny": [],
        "allow_ip_literals": True,
    }
    assert not server_acl("ours.test", ["a.example"])["allow_ip_literals"]
    for name in ("*", "*.example", "a?.example", "a b", ""):
        with pytest.raises(MalformedId):
            server_acl("ours.test", [name])
