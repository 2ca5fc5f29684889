"""An account of the homeserver that is not in the organization learns nothing of its groups."""

from spaces.vocabulary import Access
from tests.harness.house import House
from tests.harness.reader import Reader
from tests.harness.wait import until


async def test_who_was_banned_from_the_organization_sees_no_group_and_nobody(house: House):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    groups = [
        await house.group("Verrière", [ana, zoe]),
        await house.group("Comité", [ana], access=Access.PRIVATE),
    ]
    reader = await Reader.signed_in(house.url, zoe)
    inside = (await reader.get("/groups")).text
    root = await house.app.spaces.reconciler.root()
    await house.app.trays.bot.transport.call("POST", f"/rooms/{root}/ban", {"user_id": zoe.user_id})
    await house.knows(zoe, root, joined=False)
    await house.knows(zoe, groups[0].posts_id, joined=False)

    async def forgotten() -> bool:
        return "Verrière" not in (await reader.get("/groups")).text

    await until(forgotten, "the directory is empty", within=30)
    outside = (await reader.get("/groups")).text
    statuses = [(await reader.get(f"/groups/{group.slug}")).status for group in groups]
    await reader.close()
    again = await Reader.signed_in(house.url, zoe)
    anew = (await again.get("/groups")).text
    await again.close()

    for name in ("Verrière", "Comité"):
        assert name in inside
        assert name not in outside + anew
    assert statuses == [404, 404]


async def test_who_is_invited_to_a_group_from_outside_sees_that_one(house: House):
    ana, guest = await house.person("ana"), await house.person("guest")
    group = await house.group("Conseil", [ana], access=Access.SECRET)
    other = await house.group("Atelier", [ana])
    root = await house.app.spaces.reconciler.root()
    await house.knows(guest, root)
    await house.app.trays.bot.transport.call(
        "POST", f"/rooms/{root}/ban", {"user_id": guest.user_id}
    )
    await house.knows(guest, root, joined=False)
    # Whoever leaves the organization is taken out of its groups; the invitation comes after that.
    await house.app.machinery.dispatch.idle()
    await house.app.spaces.members.invite(group, guest.user_id)
    reader = await Reader.signed_in(house.url, guest)

    async def invited() -> bool:
        return (await reader.get(f"/groups/{group.slug}")).status == 200

    await until(invited, "the invitation is known", within=30)
    page = (await reader.get("/groups")).text
    await reader.close()

    assert group.slug in page
    assert other.slug not in page
