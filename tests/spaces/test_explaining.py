"""What somebody changes by another way is set back at once, and explained with the right command."""

from appservice.commands.requests import RequestStore
from tests.harness.calls import set_state
from tests.harness.talk import Talk
from tests.harness.wait import until

_TOPIC = "m.room.topic"


def _command(letter: str) -> str:
    return letter[letter.index("group charter") :]


async def test_an_owner_who_changes_a_topic_learns_once_how_it_is_done_for_good(talk):
    house, ana = talk.house, await talk.house.person("ana")
    group = await house.group("Vélo", [ana])
    bot = house.app.trays.bot

    async def topic_is(room_id: str, words: str) -> None:
        async def it_is() -> bool:
            content = await bot.state_content(room_id, _TOPIC)
            return content.text("topic") == words

        await until(it_is, f"the topic is {words!r}")

    assert await set_state(ana, group.posts_id, _TOPIC, {"topic": 'Le "vélo" en ville'}) == 200
    await topic_is(group.posts_id, "Pour parler de Vélo.")
    requests = RequestStore(database=house.app.trays.database)
    room = next(iter(await requests.direct_rooms(ana.user_id)))
    await ana.join(room)
    letter = await ana.hears(room, lambda one: "group charter" in getattr(one, "body", ""))
    assert await set_state(ana, group.space_id, _TOPIC, {"topic": "Encore autre chose"}) == 200
    other = await house.group("Quai", [ana])
    assert await set_state(ana, other.posts_id, _TOPIC, {"topic": "Quai 4"}) == 200
    await topic_is(group.space_id, "Pour parler de Vélo.")
    await topic_is(other.posts_id, "Pour parler de Quai.")
    await Talk(house, ana, room).ask(_command(letter.body))
    await topic_is(group.posts_id, "Le ”vélo” en ville")

    assert letter.body.replace("\xa0", " ").startswith(
        "Vous avez changé le sujet d’un salon de « Vélo »"
    )
    letters = [one for one in ana.seen if "Vous avez changé" in getattr(one, "body", "")]
    assert len(letters) == 1


async def test_what_was_declared_by_command_is_nobodys_drift(talk):
    house = talk.house
    group = await house.group("Quai", [talk.person])

    await talk.ask(f'group charter {group.slug} "Pour les quais"')
    await talk.ask("status")

    said = [getattr(one, "body", "") for one in talk.person.seen]
    assert not any("Vous avez changé" in one for one in said)
