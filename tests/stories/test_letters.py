"""A group gets an e-mail address, of which no room ever hears, and people write to it."""

import re
from contextlib import AsyncExitStack

from parvis.demo.synapse import free_port
from tests.harness.house import open_house
from tests.harness.post import hand_over, letter
from tests.harness.reader import Reader
from tests.harness.talk import Talk
from tests.harness.wait import until

_ADDRESS = re.compile(r"parvis\+[a-z2-7]{24}@example\.org")


async def test_an_owner_connects_mail_copies_the_address_and_reads_what_is_written(
    homeserver, tmp_path
):
    listen = f"127.0.0.1:{free_port()}"
    settings = f"""
incoming_mail:
  address: "parvis+{{token}}@example.org"
  authserv_id: mx.example.org
  lmtp_listen: "{listen}"
"""
    async with open_house(tmp_path, homeserver, settings=settings) as house:
        owner = await house.person("ana")
        group = await house.group("Potager", [owner])
        talk = await Talk.begin(house, owner)
        async with AsyncExitStack() as stack:
            reader = await Reader.signed_in(house.url, owner)
            stack.push_async_callback(reader.close)
            answer = await talk.ask(f"connect email {group.slug}")
            page = re.search(r"/connections/\w+", answer)[0]
            seen, again = await reader.get(page), await reader.get(page)
            address = _ADDRESS.search(seen.text)[0]
            assert _ADDRESS.search(again.text)[0] == address
            assert "/hooks/" not in seen.text

            sent = await hand_over(listen, letter("Les semis", "Demain à neuf heures."), address)
            assert sent[address][0] == 250

            async def shown() -> bool:
                return "Les semis" in (await reader.get(f"/groups/{group.slug}")).text

            await until(shown, "the letter is on the group's page", within=20)
            post = re.search(
                r'href="(/posts/[^"]+)"', (await reader.get(f"/groups/{group.slug}")).text
            )
            assert "Demain à neuf heures." in (await reader.get(post[1])).text

            name = (await house.app.bridges.connections.in_room(group.posts_id))[0].short
            await talk.ask(f"connection rotate {name}")
            changed = _ADDRESS.search((await reader.get(page)).text)[0]
            both = await hand_over(listen, letter("Suite", "x"), address, changed)
            assert changed != address
            assert [code for code, _ in both.values()] == [250, 250]
            shown_option = await talk.ask(f"connection option {name} senders=*@partner.example")
            assert "partner.example" in shown_option
            state = await house.app.trays.bot.messages(group.posts_id, backwards=True)
            told = " ".join(str(event.content.fields) for event in state.events)
            assert not _ADDRESS.search(told + answer + shown_option)


async def test_without_a_way_for_letters_nobody_gets_an_address(homeserver, tmp_path):
    async with open_house(tmp_path, homeserver) as house:
        owner = await house.person("ana")
        group = await house.group("Potager", [owner])
        talk = await Talk.begin(house, owner)

        assert "incoming_mail" in await talk.ask(f"connect email {group.slug}")
        assert not await house.app.bridges.connections.in_room(group.posts_id)
