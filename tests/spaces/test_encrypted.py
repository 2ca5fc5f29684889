"""Who writes to the bot in an encrypted conversation is led to one that it can read."""

import nio

from tests.harness.calls import membership, set_state
from tests.harness.house import open_house
from tests.harness.person import Person
from tests.harness.talk import Talk
from tests.harness.wait import until


async def test_an_encrypted_message_is_answered_by_a_notice_and_an_invitation(homeserver, tmp_path):
    async with open_house(tmp_path / "house", homeserver) as house:
        person = await house.person("ana")
        bot = house.app.trays.bot.user_id
        store = tmp_path / "keys"
        store.mkdir()
        config = nio.AsyncClientConfig(encryption_enabled=True)
        client = nio.AsyncClient(
            homeserver.url, person.user_id, store_path=str(store), config=config
        )
        await client.login(person.password)
        await client.sync(timeout=0, full_state=True)
        if client.should_upload_keys:
            await client.keys_upload()
        encryption = {
            "type": "m.room.encryption",
            "state_key": "",
            "content": {"algorithm": "m.megolm.v1.aes-sha2"},
        }
        made = await client.room_create(is_direct=True, invite=[bot], initial_state=[encryption])

        async def bot_is_in() -> bool:
            await client.sync(timeout=200)
            room = client.rooms.get(made.room_id)
            return room is not None and room.encrypted and bot in room.users

        await until(bot_is_in, "the bot is in the encrypted room")
        sent = await client.room_send(
            made.room_id,
            "m.room.message",
            {"msgtype": "m.text", "body": "help"},
            ignore_unverified_devices=True,
        )
        raw = await person.client.room_get_event(made.room_id, sent.event_id)
        assert raw.event.source["type"] == "m.room.encrypted"

        notice = await person.hears(
            made.room_id, lambda event: event.sender == bot and bool(getattr(event, "body", ""))
        )
        assert "chiffrés" in notice.body
        assert "encrypted" in notice.body

        async def invited() -> str:
            await client.sync(timeout=200)
            return next(iter(client.invited_rooms), "")

        plain = await until(invited, "an invitation to a plain room")
        await person.join(plain)
        await person.post(plain, "help")
        answer = await person.hears(
            plain, lambda event: "group list" in str(getattr(event, "body", ""))
        )
        assert answer.sender == bot
        await client.close()


async def _write_encrypted(person: Person, room_id: str) -> None:
    """Send what looks like a message of a client that encrypts."""
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "ciphertext": "AwgAEnACgAkLmt6qF84IK",
        "device_id": "RJYKSTBOIE",
        "sender_key": "IlRMeOPX2e0MurIyfWEucYBRVOEEUMrOHqn",
        "session_id": "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0J",
    }
    await person.send(room_id, "m.room.encrypted", content)


async def _invitation(person: Person, *, known: tuple[str, ...] = ()) -> str:
    async def invited() -> str:
        answer = await person.client.sync(timeout=200, full_state=True)
        rooms = answer.rooms.invite if isinstance(answer, nio.SyncResponse) else {}
        return next((room for room in rooms if room not in known), "")

    return await until(invited, "an invitation")


async def test_a_conversation_that_becomes_encrypted_is_led_to_a_plain_one(talk):
    zoe = await Talk.begin(talk.house, await talk.house.person("zoe"))
    assert "group list" in await zoe.ask("help")
    algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
    assert await set_state(zoe.person, zoe.room_id, "m.room.encryption", algorithm) == 200

    await _write_encrypted(zoe.person, zoe.room_id)
    await _write_encrypted(zoe.person, zoe.room_id)
    plain = await _invitation(zoe.person)
    await zoe.person.join(plain)
    answer = await Talk(talk.house, zoe.person, plain).ask("help")
    told = [event for event in zoe.person.seen if "chiffrés" in str(getattr(event, "body", ""))]

    assert "group list" in answer
    assert len(told) == 1


async def test_whoever_left_the_plain_conversation_is_invited_to_it_again(talk):
    ana, bot = talk.person, talk.house.app.trays.bot.user_id
    encryption = {
        "type": "m.room.encryption",
        "state_key": "",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"},
    }
    await membership(ana, "leave", talk.room_id)
    first, second = [
        await ana.create_room(is_direct=True, invite=[bot], initial_state=[encryption])
        for _ in range(2)
    ]

    await _write_encrypted(ana, first)
    plain = await _invitation(ana)
    await ana.join(plain)
    await membership(ana, "leave", plain)
    await _write_encrypted(ana, second)
    again = await _invitation(ana)

    assert again == plain
