"""A partner organization in one shared group: what its people can do there, and nowhere else."""

import pytest

from spaces.vocabulary import Access
from tests.harness.calls import call, membership
from tests.harness.federation import running_federation
from tests.harness.house import open_house
from tests.harness.reader import Reader
from tests.harness.talk import Talk
from tests.harness.wait import until


@pytest.fixture(scope="module")
async def federation(tmp_path_factory):
    async with running_federation(tmp_path_factory.mktemp("federation")) as running:
        yield running


@pytest.fixture(scope="module")
async def admin(federation):
    return await federation.ours.person("admin")


@pytest.fixture(scope="module")
async def house(federation, admin, tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    async with open_house(folder, federation.ours, admin=admin.user_id) as house:
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        yield house


@pytest.fixture(scope="module")
async def zoe(federation, house):
    """Somebody of the partner."""
    zoe = await federation.theirs.person("zoe")
    house.people.append(zoe)
    return zoe


@pytest.fixture(scope="module")
async def shared(federation, house, admin, zoe):
    """A shared group that the partner's person has joined, by one invitation."""
    group = await house.group(
        "Chantier", [admin], partners=(federation.theirs.server_name,), chat=True
    )
    talk = await Talk.begin(house, admin)
    answer = await talk.ask(f"member add {group.slug} {zoe.user_id}")
    assert "invitation" in answer, answer
    for room_id in group.rooms:
        await join_from_afar(zoe, room_id, via=federation.ours.server_name)
    await house.knows(zoe, group.posts_id)
    return group


@pytest.fixture(scope="module")
async def others(house, admin):
    """Two groups that are not shared."""
    return (
        await house.group("Ouvert", [admin]),
        await house.group("Cercle", [admin], access=Access.PRIVATE),
    )


async def join_from_afar(person, room_id: str, *, via: str) -> None:
    status, answer = await call(person, "POST", f"/join/{room_id}?via={via}&server_name={via}", {})
    assert status == 200, answer


async def test_both_sides_read_each_other_and_the_page_says_who_is_outside(
    house, admin, zoe, shared
):
    partner = zoe.user_id.partition(":")[2]
    root = await zoe.post(shared.posts_id, "Les pièces sont prêtes\nEnlèvement mardi.")
    await house.shows(root)
    reader = await Reader.signed_in(house.url, admin)
    home = await reader.get("/")
    post = await reader.get(f"/posts/{root}")
    page = await reader.get(f"/groups/{shared.slug}")
    compose = await reader.get(f"/compose?group={shared.slug}")
    choice = await reader.get("/compose")
    person = await reader.get(f"/people/{zoe.user_id}")
    answered = await reader.send(f"/posts/{root}", f"/posts/{root}/comments", text="Nous venons.")
    heard = await zoe.hears(
        shared.posts_id, lambda event: getattr(event, "body", "") == "Nous venons."
    )
    await house.shows(await zoe.comment(shared.posts_id, root, "À mardi."))
    thread = await reader.get(f"/posts/{root}")
    await reader.close()

    marked = f"</svg>{partner}</span>"
    strip = f"Partagé avec {partner}\u00a0: ce que vous écrivez ici est lu à l’extérieur."
    assert "Les pièces sont prêtes" in home.text
    assert marked in home.text
    assert [answer.text.count(strip) for answer in (home, post, page)] == [0, 1, 1]
    assert f"Aussi lu chez {partner}." in compose.text
    assert f"partagé avec {partner}</option>" in choice.text
    assert page.text.count(marked) == 2, "on the post and in the list of people"
    assert marked in person.text
    assert answered.status == 200
    assert heard.sender == admin.user_id
    assert thread.text.count(marked) == 2, "on the post and on the comment"


async def test_a_partner_comes_by_one_invitation(federation, house, admin, shared):
    yan = await federation.theirs.person("yan")
    house.people.append(yan)
    await house.app.spaces.members.invite(shared, yan.user_id)
    _, synced = await call(yan, "GET", "/sync?timeout=5000")

    assert list(synced["rooms"]["invite"]) == [shared.space_id]


async def test_a_partner_enters_and_sees_nothing_else(
    federation, house, admin, zoe, shared, others
):
    ours = federation.ours.server_name
    root = await house.app.spaces.reconciler.root()
    opened, circle = others
    rooms = [root, *opened.rooms, *circle.rooms]

    async def status(method: str, path: str) -> int:
        return (await call(zoe, method, path, {} if method == "POST" else None))[0]

    entered = [
        await status("POST", f"/join/{room}?via={ours}&server_name={ours}") for room in rooms
    ]
    knocked = await status("POST", f"/knock/{circle.space_id}?via={ours}")
    read = [
        await status("GET", f"/_matrix/client/v1/rooms/{root}/hierarchy"),
        *[await status("GET", f"/rooms/{room}/state") for room in rooms],
        *[
            await status("GET", f"/_matrix/client/v1/room_summary/{room}?via={ours}")
            for room in (*opened.rooms, *circle.rooms[1:])
        ],
    ]
    _, hierarchy = await call(zoe, "GET", f"/_matrix/client/v1/rooms/{shared.space_id}/hierarchy")
    _, listed = await call(zoe, "POST", f"/publicRooms?server={ours}", {})
    _, found = await call(zoe, "POST", "/user_directory/search", {"search_term": "a"})

    assert set(entered) <= {403, 404}, entered
    assert knocked in {403, 404}
    assert set(read) <= {403, 404}, read
    assert {room["room_id"] for room in hierarchy["rooms"]} == set(shared.rooms)
    assert not listed.get("chunk"), listed
    strangers = {one["user_id"] for one in found["results"] if one["user_id"].endswith(ours)}
    assert strangers <= {admin.user_id, house.app.trays.bot.user_id}


async def test_the_bot_tells_a_partner_nothing_and_names_other_groups_to_nobody_beside_them(
    house, admin, zoe, shared, others
):
    asked = await admin.post(shared.chat_id, "!parvis group list")
    bot = house.app.trays.bot.user_id
    answer = await zoe.hears(
        shared.chat_id, lambda event: event.sender == bot and shared.slug in event.body
    )
    refused = await zoe.post(shared.chat_id, "!parvis group list")
    second = await zoe.hears(
        shared.chat_id,
        lambda event: event.sender == bot and event.event_id != answer.event_id,
    )

    assert asked != refused
    for other in others:
        assert other.slug not in answer.body
        assert other.slug not in second.body
    assert shared.slug not in second.body


async def test_a_partner_has_no_way_into_the_pages(house, zoe):
    reader = Reader(house.url)
    answer = await reader.send("/login", "/login", user=zoe.user_id, password=zoe.password)
    home = await reader.get("/")
    await reader.close()

    assert "ne vont pas ensemble" in answer.text
    assert home.url.endswith("/login")


async def test_a_partner_who_is_removed_is_out_of_every_room(house, admin, zoe, shared):
    talk = await Talk.begin(house, admin)
    await talk.ask(f"member remove {shared.slug} {zoe.user_id}")

    async def out() -> bool:
        return not {
            room
            for room in shared.rooms
            if zoe.user_id in await house.app.trays.bot.joined_members(room)
        }

    await until(out, "the bot took them out everywhere")
    assert await membership(zoe, "join", shared.posts_id) in {403, 404}
