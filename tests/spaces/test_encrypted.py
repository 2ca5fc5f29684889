"""Who writes to the bot in an encrypted conversation is led to one that it can read."""

import nio

from tests.harness.house import open_house
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
