"""What is read of a feed, a timeline and a mailbox, and each letter that was taken, is shown once,
whenever the power fails."""

import asyncio
import random
import re
import smtplib
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appservice.account import Account
from appservice.bot import bot_account
from appservice.events import RoomEvent
from appservice.homeserver import Homeserver
from appservice.ids import RoomId, UserId
from bridges.discovery import apps
from bridges.letterbox.addresses import Addresses
from bridges.options import Options
from bridges.pulling.store import Pulls
from parvis.demo.synapse import free_port
from tests.harness.fediverse import Fediverse, open_fediverse
from tests.harness.homeserver import HomeserverForTests
from tests.harness.imap import PASSWORD, USER, ImapServer, open_imap
from tests.harness.newsstand import Newsstand, open_newsstand
from tests.harness.nursery import Nursery
from tests.harness.post import SERVER, hand_over, letter
from tests.harness.postgres import PostgresForTests
from tests.harness.program import Program
from tests.harness.wait import until

_TEMPLATE = "parvis+{token}@example.org"
_TITLE = re.compile(r"\b(?:feed|tag|lmtp|imap)-\d+\b")
_BEFORE = {"feed-0", "tag-0"}
"""What stands there when a source is first asked; of what is older, only the newest is told."""


@dataclass
class World:
    """All that things come from; *written* are the titles of what came."""

    stand: Newsstand
    fediverse: Fediverse
    imap: ImapServer
    lmtp: str
    address: str = ""
    written: set[str] = field(default_factory=lambda: set(_BEFORE))

    async def go_on(self, stop: asyncio.Event) -> None:
        """Let something come every way, again and again, until *stop*."""
        await asyncio.gather(self._publish(stop), self._send(stop))

    async def _publish(self, stop: asyncio.Event) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            self.stand.titles.append(f"feed-{number}")
            self.fediverse.write(f"tag-{number}", "velo")
            await self.imap.put(self._letter(f"imap-{number}"))
            self.written |= {f"{way}-{number}" for way in ("feed", "tag", "imap")}
            # Faster, the homeserver would take most of the test to show it.
            await asyncio.sleep(0.1)

    async def _send(self, stop: asyncio.Event) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await self._bring(f"lmtp-{number}")
            self.written.add(f"lmtp-{number}")
            await asyncio.sleep(0.05)

    async def _bring(self, title: str) -> None:
        """Hand a letter over as mail servers do: until it is taken, then never again."""
        made = self._letter(title)
        made.add_attachment(
            f"Le plan {title}.".encode(), "application", "x", filename=f"{title}.txt"
        )
        raw = made.as_bytes()
        while True:
            with suppress(OSError, smtplib.SMTPException):
                if (await hand_over(self.lmtp, raw, self.address))[self.address][0] == 250:
                    return
            await asyncio.sleep(0.02)

    def _letter(self, title: str):
        headers = {"Message-ID": f"<{title}@example.org>"}
        return letter(title, "Bonjour.", to=self.address, headers=headers)

    def config(self) -> str:
        """Return the sections that say where letters come from."""
        password = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
        return f"""
outgoing: {{private_hosts: ["127.0.0.1"]}}
incoming_mail:
  address: "{_TEMPLATE}"
  authserv_id: {SERVER}
  lmtp_listen: "{self.lmtp}"
  host: 127.0.0.1
  port: {self.imap.port}
  security: none
  user: {USER}
  password: "{password}"
"""


async def _connect(program: Program, world: World) -> tuple[RoomId, list[str]]:
    """Connect a room with all there is; return it, and which connections are asked."""
    async with program.trays() as (trays, connections):
        room = RoomId(await trays.bot.create_room({}))

        async def add(app: str, options: Options) -> str:
            return await connections.add(
                apps()[app], room, UserId("@ana:parvis.test"), options=options
            )

        asked = [
            await add("rss", Options(source=world.stand.url)),
            await add("mastodon", Options(source=f"{world.fediverse.url}, #velo")),
        ]
        mail = await connections.get(await add("email", Options()))
        world.address = Addresses(template=_TEMPLATE, connections=connections).of(mail)
    return room, asked


async def _ask_at_start(program: Program, asked: list[str]) -> None:
    """Have the sources asked as soon as the program runs."""
    async with program.trays() as (trays, _):
        for connection in asked:
            await Pulls(database=trays.database).ask_soon(connection)


@dataclass
class Seen:
    """How often each thing has a post or a line in a digest, which have a post, and how often each
    file stands."""

    told: Counter[str] = field(default_factory=Counter)
    posts: set[str] = field(default_factory=set)
    files: Counter[str] = field(default_factory=Counter)

    def take(self, event: RoomEvent) -> None:
        if event.content.text("msgtype") == "m.file":
            self.files[event.content.text("body")] += 1
        elif "org.parvis.digest" in event.content:
            self.told.update(_TITLE.findall(event.content.text("body")))
        elif event.relation is None:
            title = event.content.text("org.parvis.card", "title")
            self.told[title] += 1
            self.posts.add(title)

    def owed(self) -> set[str]:
        """Return the files that stand below posts; what is told by a digest has nowhere to show one."""
        return {f"{title}.txt" for title in self.posts if title.startswith("lmtp-")}


async def _shown(bot: Account, room: RoomId) -> Seen:
    seen, start = Seen(), ""
    while True:
        page = await bot.messages(room, start=start, backwards=False, limit=500)
        for event in page.events:
            if event.type == "m.room.message":
                seen.take(event)
        if not page.end or page.end == start:
            return seen
        start = page.end


async def _story(
    homeserver: HomeserverForTests,
    nursery: Nursery,
    folder: Path,
    *,
    kills: int,
    seed: int,
    database_url: str = "",
) -> None:
    chance = random.Random(seed)
    async with (
        AsyncExitStack() as stack,
        open_newsstand("feed-0") as stand,
        open_fediverse() as fediverse,
        open_imap() as imap,
    ):
        fediverse.write("tag-0", "velo")
        world = World(stand, fediverse, imap, f"127.0.0.1:{free_port()}")
        program = Program.prepare(
            folder, homeserver, nursery=nursery, database_url=database_url, more=world.config()
        )
        room, asked = await _connect(program, world)
        server = Homeserver(base_url=program.homeserver.url)
        stack.push_async_callback(server.close)
        registration = program.registration
        bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)
        stack.push_async_callback(program.end)

        missing: set[str] = set()

        async def shows_all() -> bool:
            seen = await _shown(bot, room)
            missing.clear()
            missing.update(world.written - seen.told.keys(), seen.owed() - seen.files.keys())
            return not missing

        await program.start()
        await until(shows_all, f"the first of each; see {program.log()}")
        stop = asyncio.Event()
        coming = asyncio.create_task(world.go_on(stop))
        for turn in range(kills):
            if turn:
                await program.start()
            # Reading an answer takes a second; the instant is what is tried here.
            await asyncio.sleep(chance.uniform(0.0, 1.2))
            await program.kill()
            await _ask_at_start(program, asked)
        await program.start()
        stop.set()
        await coming
        await program.kill()
        await _ask_at_start(program, asked)
        await program.start()
        deadline = 60 + 5 * kills
        try:
            await until(shows_all, f"{len(world.written)} shown", within=deadline)
        except AssertionError as error:
            raise AssertionError(f"missing: {sorted(missing)}; {program.log()}") from error
        await until(program.has_sent_all, "nothing is left to send")

        async def all_read() -> bool:
            return await imap.unread() == 0

        await until(all_read, "the mailbox is read")
        shown = await _shown(bot, room)
        assert await program.stop() == 0

    assert len(world.written) > 4 * kills
    assert set(shown.told) == world.written
    assert set(shown.files) == shown.owed()
    assert max([*shown.told.values(), *shown.files.values()]) == 1


@pytest.mark.timeout(120)
async def test_what_comes_by_feed_timeline_and_letter_is_shown_once_through_five_kills(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    await _story(homeserver, nursery, tmp_path, kills=5, seed=4)


@pytest.mark.long
async def test_what_comes_by_feed_timeline_and_letter_is_shown_once_through_sixty_kills(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    await _story(homeserver, nursery, tmp_path, kills=60, seed=5)


@pytest.mark.long
async def test_postgresql_shows_what_comes_by_feed_timeline_and_letter_once_through_kills(
    homeserver: HomeserverForTests, nursery: Nursery, postgres: PostgresForTests, tmp_path: Path
):
    url = await postgres.fresh_database()
    await _story(homeserver, nursery, tmp_path, kills=30, seed=6, database_url=url)
