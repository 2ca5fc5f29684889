"""How a group stands in the organization: links both ways and an address, but none of a secret one."""

from urllib.parse import quote

from spaces.vocabulary import Access
from tests.harness.calls import call
from tests.harness.house import House
from tests.harness.talk import Talk


async def test_a_group_is_linked_both_ways_and_a_secret_one_from_its_own_side_alone(talk: Talk):
    house, bot = talk.house, talk.house.app.trays.bot
    root = await house.app.spaces.reconciler.root()
    for access in Access:
        group = await house.group("Forge", [talk.person], access=access, chat=True)
        seen = access is not Access.SECRET
        below = await bot.state_content(root, "m.space.child", group.space_id)
        assert bool(below and below.texts("via")) is seen, access
        assert (await bot.state_content(group.space_id, "m.space.parent", root)).texts("via")
        for room in (group.posts_id, group.chat_id):
            assert (await bot.state_content(group.space_id, "m.space.child", room)).texts("via")
            assert (await bot.state_content(room, "m.space.parent", group.space_id)).texts("via")
        assert await _found(house, talk, group.declaration.slug) == (
            group.space_id if seen else None
        )


async def _found(house: House, talk: Talk, slug: str) -> str | None:
    """Return what a client finds by the address of a group."""
    alias = house.app.spaces.reconciler.house.alias(slug)
    status, answer = await call(talk.person, "GET", f"/directory/room/{quote(alias)}")
    assert status in {200, 404}
    return answer.get("room_id")
