"""After all apps called, were refused, and were asked, no secret stands where anybody reads."""

import base64
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from appservice.account import Account as Matrix
from appservice.bot import bot_account
from appservice.homeserver import Homeserver
from appservice.ids import RoomId, UserId
from appservice.vault import Vault
from bridges.acting.accounts import Accounts
from bridges.actions import Account, Who
from bridges.base import App
from bridges.connection import Connections
from bridges.discovery import apps
from bridges.letterbox.addresses import Addresses
from bridges.options import Options
from bridges.schemes import scheme_of
from parvis.demo.synapse import free_port
from tests.bridges.apps.goldens import fixtures
from tests.harness.fediverse import TOKEN, Fediverse, open_fediverse
from tests.harness.homeserver import HomeserverForTests
from tests.harness.imap import PASSWORD, USER, ImapServer, open_imap
from tests.harness.newsstand import Newsstand, open_newsstand
from tests.harness.nursery import Nursery
from tests.harness.post import SERVER, hand_over, letter
from tests.harness.program import Program
from tests.harness.proving import proof
from tests.harness.seen import history
from tests.harness.wait import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

_ANA = UserId("@ana:parvis.test")
_TEMPLATE = "parvis+{token}@example.org"
_TOKEN = "jeton-du-compte-chez-"


@dataclass
class _Called:
    """A connection as its app knows it: its id, the scheme and the secret of its calls."""

    app: App
    id: str
    scheme: str
    secret: str


@dataclass
class _House:
    """All that is connected with one room, and every secret that is in use for it."""

    room: RoomId
    called: list[_Called] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    address: str = ""

    def forms(self) -> set[str]:
        """Return the secrets as they are, and as they could stand in an address or a header."""
        plain = [*self.secrets, *(one.secret for one in self.called), *(o.id for o in self.called)]
        return {
            form
            for secret in plain
            if secret
            for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode())
        }


async def _connect(program: Program, stand: Newsstand, fediverse: Fediverse) -> _House:
    """Connect every app in each of its ways, give accounts at the sources, and rotate some secrets."""
    async with program.trays() as (trays, connections):
        house = _House(RoomId(await trays.bot.create_room({})))
        key = (program.folder / "data/secrets.key").read_text()
        house.secrets += [key, program.registration.as_token, program.registration.hs_token]
        accounts = Accounts(database=trays.database, vault=Vault([key]))
        sources = {"rss": stand.url, "mastodon": f"{fediverse.url}, mentions, #velo"}
        for app in apps().values():
            for scheme in app.schemes:
                one = await _connected(connections, house, app, scheme.slug, sources)
                if app.actions:
                    token = _TOKEN + app.slug
                    account = Account("https://source.example", token, "robot@example.org")
                    await accounts.keep(one.id, account, Who("1", "Robot"), _ANA)
                    house.secrets.append(token)
        house.secrets += [TOKEN, PASSWORD]
        mail = next(one for one in house.called if one.app.slug == "email")
        addresses = Addresses(template=_TEMPLATE, connections=connections)
        house.address = addresses.of(await connections.get(mail.id))
    return house


async def _connected(
    connections: Connections, house: _House, app: App, scheme: str, sources: dict[str, str]
) -> _Called:
    options = Options(source=sources.get(app.slug, ""))
    made = await connections.add(app, house.room, _ANA, scheme=scheme, options=options)
    secret = TOKEN if app.pull else f"secret-de-{app.slug}-{scheme}"
    if app.makes_secret(scheme):
        await connections.take_secret(made, secret)
    elif scheme_of(app, scheme).needs_secret:
        house.secrets.append(await connections.show_secret(made))
        await connections.rotate(made, app)
        secret = await connections.show_secret(made)
    one = _Called(app, made, scheme, secret if scheme_of(app, scheme).needs_secret else "")
    house.called.append(one)
    return one


async def _call(program: Program, one: _Called) -> list[int]:
    """Have an app call: as it should, with a secret that is none, and with what nobody reads."""
    answers = []
    url = f"{program.url}/hooks/{one.id}"
    own = [call for call in fixtures(one.app.slug) if isinstance(call.body, dict)][:3]
    bodies = [*(json.dumps(call.body).encode() for call in own), b'{"a": "no JSON']
    async with aiohttp.ClientSession() as session:
        for number, body in enumerate(bodies):
            for secret in (one.secret, one.secret + "x"):
                given = own[number].headers if number < len(own) else {}
                scheme = scheme_of(one.app, one.scheme)
                headers = {**given, **proof(scheme, secret, body, url)}
                headers["Content-Type"] = "application/json"
                async with session.post(url, data=body, headers=headers) as answer:
                    answers.append(answer.status)
    return answers


async def _letters(house: _House, listen: str, imap: ImapServer) -> None:
    """Bring letters both ways, and one to an address that is none."""
    taken = letter("Par LMTP", "Bonjour.", to=house.address)
    assert (await hand_over(listen, taken, house.address))[house.address][0] == 250
    await imap.put(letter("Par IMAP", "Bonjour.", to=house.address))
    wrong = house.address.replace("@", "x@")
    assert (await hand_over(listen, taken, wrong))[wrong][0] >= 500


def _config(listen: str, imap: ImapServer) -> str:
    return f"""
outgoing: {{private_hosts: ["127.0.0.1"]}}
incoming_mail:
  address: "{_TEMPLATE}"
  authserv_id: {SERVER}
  lmtp_listen: "{listen}"
  host: 127.0.0.1
  port: {imap.port}
  security: none
  user: {USER}
  password: {json.dumps(PASSWORD)}
"""


def _with_admin(program: Program, token: str) -> None:
    """Let it act with the access token of an administrator of the homeserver."""
    path, name = program.folder / "config.yaml", program.registration.server_name
    place = f'server_name: "{name}"'
    path.write_text(path.read_text().replace(place, f'{place}, admin_token: "{token}"'))


async def _told(bot: Matrix, house: _House) -> str:
    """Return the history and the state of the room."""
    events = [event async for event in history(bot, house.room)]
    room = [*events, *await bot.state(house.room)]
    return json.dumps([(one.type, one.state_key, one.content.fields) for one in room])


async def _said(program: Program) -> Sequence[str]:
    """Return what else can be read: figures, log, and what commands print."""
    url = f"http://127.0.0.1:{program.metrics_port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        figures = await answer.text()
    words = [await program.says(*command) for command in (("check",), ("export", "--groups"))]
    return [
        figures,
        (program.folder / "parvis.log").read_text(),
        *(text for _, *texts in words for text in texts),
    ]


async def test_no_secret_stands_in_log_room_figures_or_answers_when_every_app_has_called(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    listen = f"127.0.0.1:{free_port()}"
    async with (
        AsyncExitStack() as stack,
        open_newsstand("Une nouvelle") as stand,
        open_fediverse() as fediverse,
        open_imap() as imap,
    ):
        fediverse.write("Un pouet", "velo")
        program = Program.prepare(tmp_path, homeserver, nursery=nursery, more=_config(listen, imap))
        admin = await homeserver.person_called(f"root{program.web_port}", admin=True)
        _with_admin(program, admin.token)
        house = await _connect(program, stand, fediverse)
        house.secrets.append(admin.token)
        stack.push_async_callback(admin.close)
        stack.push_async_callback(program.end)
        server = Homeserver(base_url=program.homeserver.url)
        stack.push_async_callback(server.close)
        registration = program.registration
        bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)
        await program.start()
        answers = {(o.app.slug, o.scheme): await _call(program, o) for o in house.called}
        await _letters(house, listen, imap)

        async def all_told() -> bool:
            said = await _told(bot, house)
            return all(
                name in said for name in ("Une nouvelle", "Un pouet", "Par LMTP", "Par IMAP")
            )

        await until(all_told, "what came in every way is told")
        await until(program.has_sent_all, "nothing is left to send")
        said = [await _told(bot, house), *await _said(program)]
        assert await program.stop() == 0

    called = [one for one in house.called if scheme_of(one.app, one.scheme).proof]
    assert all({200, 401} <= set(answers[one.app.slug, one.scheme]) for one in called)
    assert {one.app.slug for one in house.called} == set(apps())
    assert len(house.forms()) > 100
    assert [form for form in house.forms() if any(form in text for text in said)] == []
