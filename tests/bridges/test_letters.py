"""Letters that the mail server hands over become posts with comments, each once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from appservice.ids import RoomId
from appservice.vault import Vault
from bridges.options import Options
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.post import hand_over, letter, letter_settings


@dataclass
class Place:
    """A group's room that letters can be sent to."""

    hooks: Hooks
    room: RoomId
    connection: str

    @property
    def listen(self) -> str:
        return self.hooks.bridges.letterbox.settings.lmtp_listen

    async def address(self) -> str:
        connection = await self.hooks.bridges.connections.get(self.connection)
        return self.hooks.bridges.letterbox.addresses.of(connection)

    async def sent(self, made, *, sender: str = "<ana@example.org>") -> tuple[int, str]:
        """Hand a letter over to the group and return the answer."""
        address = await self.address()
        return (await hand_over(self.listen, made, address, sender=sender))[address]

    async def timeline(self):
        """Return what stands in the room: (body, what it relates to), in order."""
        await self.hooks.quiet()
        page = await self.hooks.floor.trays.bot.messages(self.room, backwards=False)
        return [event for event in page.events if event.type == "m.room.message"]

    async def withheld(self) -> dict[str, int]:
        await self.hooks.quiet()
        return dict(await self.hooks.bridges.deliveries.withheld(self.connection))


@asynccontextmanager
async def open_place(
    homeserver: HomeserverForTests,
    database_url: str,
    *,
    registration=None,
    key: str = "",
) -> AsyncIterator[Place]:
    registration = registration or homeserver.take_registration()
    settings = letter_settings()
    async with open_hooks(
        database_url, homeserver.url, registration, letters=settings, key=key
    ) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        yield await another(hooks)


@pytest.fixture(scope="module")
async def hooks(homeserver, tmp_path_factory) -> AsyncIterator[Hooks]:
    url = f"sqlite:///{tmp_path_factory.mktemp('letters')}/parvis.db"
    async with open_place(homeserver, url) as place:
        yield place.hooks


@pytest.fixture
async def place(hooks: Hooks) -> Place:
    return await another(hooks)


async def another(hooks: Hooks) -> Place:
    room = await hooks.floor.trays.bot.create_room({})
    url, _ = await hooks.connect("email", room)
    return Place(hooks, room, url.rpartition("/")[2])


async def test_a_letter_is_a_post_and_its_answers_are_comments(place: Place):
    first = letter(
        "Les vestiaires", "Ils ferment vendredi.\n", headers={"Message-ID": "<v1@example.org>"}
    )
    answer = letter(
        "Re: Les vestiaires",
        "Entendu.\n\nLe lundi, Ana Lopes a écrit :\n> Ils ferment vendredi.\n",
        by="Léo <leo@example.org>",
        headers={
            "Message-ID": "<v2@example.org>",
            "In-Reply-To": "<v1@example.org>",
            "References": "<v1@example.org>",
        },
    )

    assert (await place.sent(first))[0] == 250
    assert (await place.sent(answer))[0] == 250
    # Mail servers come again when they did not hear the answer.
    assert (await place.sent(first))[0] == 250
    assert (await place.sent(answer))[0] == 250
    root, comment = await place.timeline()

    assert root.content.text("org.parvis.card", "title") == "Les vestiaires"
    assert "Ils ferment vendredi." in root.content.text("body")
    assert root.content.text("msgtype") == "m.notice"
    assert comment.relation.kind == "m.thread"
    assert comment.relation.target == root.event_id
    assert comment.content.text("body") == "Léo a répondu\nEntendu."


async def test_an_answer_that_comes_first_waits_for_its_letter_in_the_same_post(place: Place):
    answer = letter("Re: Clés", "Oui.", headers={"References": "<k1@example.org>"})
    await place.sent(answer)
    await place.timeline()
    await place.sent(letter("Les clés", "Qui les a ?", headers={"Message-ID": "<k1@example.org>"}))
    root, comment, edit = await place.timeline()

    assert comment.relation.target == root.event_id
    assert edit.relation.kind == "m.replace"
    now = edit.content.at("m.new_content")
    assert now.text("org.parvis.card", "title") == "Les clés"
    assert "Qui les a ?" in now.text("body")


async def test_who_is_not_ours_or_not_proved_is_withheld_and_counted(place: Place):
    guest = {"by": "Jo <jo@partner.example>", "proof": "mx.example.org; dmarc=pass"}
    forged = [
        "",
        "mx.example.org; dmarc=fail header.from=example.org",
        "elsewhere.example; dmarc=pass header.from=example.org",
        "mx.example.org; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example",
        "mx.example.org; dmarc=pass header.from=evil.example",
    ]
    for proof in forged:
        assert (await place.sent(letter("Virez", proof, proof=proof)))[0] == 250
    two = letter("Deux", "x")
    del two["From"]
    raw = two.as_bytes().replace(
        b"Subject:", b"From: ana@example.org\r\nFrom: eve@evil.example\r\nSubject:", 1
    )
    await place.sent(raw)
    await place.sent(letter("Bonjour", "Jo ici.", **guest))

    assert await place.withheld() == {"unproved": len(forged), "sender": 2}
    assert await place.timeline() == []

    await place.hooks.bridges.connections.alter(
        place.connection, lambda _: Options(senders=("*@PARTNER.example", "!eve@*"))
    )
    await place.sent(letter("Bonjour", "Jo encore.", **guest))
    (told,) = await place.timeline()
    assert "Jo (jo@partner.example)" in told.content.text("body")


async def test_the_address_is_the_secret_and_a_new_one_overlaps_for_a_day(place: Place):
    connections, app = place.hooks.bridges.connections, place.hooks.bridges.apps["email"]
    former = await place.address()
    await connections.rotate(place.connection, app)
    present = await place.address()

    answers = await hand_over(place.listen, letter("Un", "un"), former, present)

    assert former != present
    assert {code for code, _ in answers.values()} == {250}
    assert len(await place.timeline()) == 1
    # Nobody posts a letter over the web, whatever they know.
    assert await post(f"{place.hooks.url}/hooks/{place.connection}", b"{}", {}) == 401


async def test_programs_that_write_are_not_answered_to_nor_told(place: Place):
    await place.sent(letter("Absence", "x", headers={"Auto-Submitted": "auto-replied"}))
    await place.sent(letter("Lettre", "x", headers={"List-Unsubscribe": "<https://x.example>"}))
    await place.sent(letter("Envoi", "x", headers={"Precedence": "bulk"}))
    assert (await place.sent(letter("Échec", "x"), sender="<>"))[0] == 250

    assert await place.timeline() == []


HOSTILE = {
    "script": ("<script>alert(1)</script>", "<script>alert(1)</script> @room @ana:parvis.test"),
    "injected": ("a\nBcc: eve@evil.example", "javascript:alert(1) \u202egnp.exe"),
    "long": ("x" * 5000, "mot " * 50_000),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_letter_is_plain_text_that_fits_and_pings_nobody(place: Place, kind: str):
    subject, text = HOSTILE[kind]
    made = letter("SUJET", text)
    encoded = subject.encode().hex("=").upper()
    raw = made.as_bytes().replace(b"SUJET", f"=?utf-8?Q?={encoded[:900]}?=".encode())

    assert (await place.sent(raw))[0] == 250
    (told,) = await place.timeline()
    html, body = told.content.text("formatted_body"), told.content.text("body")

    assert "<script" not in html
    assert "@room" not in body
    assert "@ana:parvis.test" not in body
    assert "\u202e" not in body
    assert told.content.at("m.mentions").fields == {}
    assert len(told.content.json()) < 60_000


async def test_huge_and_endless_letters_are_told_in_a_moment_by_what_they_say(place: Place):
    large = letter("Le film", "Le voici.")
    large.add_attachment(b"x" * 18_000_000, maintype="video", subtype="mp4", filename="film.mp4")
    many = letter("Mille", "Mille fichiers.")
    for number in range(1000):
        many.add_attachment(b"y", maintype="text", subtype="csv", filename=f"{number}.csv")
    raw = large.as_bytes()
    assert 24_000_000 < len(raw) < 26_214_400

    assert (await place.sent(raw))[0] == 250
    assert (await place.sent(many))[0] == 250
    film, thousand = await place.timeline()

    assert film.content.at("org.parvis.card").items("fields")[1].text("value") == (
        "film.mp4 (18.0 MB)"
    )
    assert "Mille fichiers." in thousand.content.text("body")
    assert "0.csv (1 kB), 1.csv" in thousand.content.text("body")


async def test_letters_without_id_or_under_anothers_id_hide_nothing(place: Place):
    for text in ("Un.", "Deux.", "Deux."):
        await place.sent(letter("Sans", text, proof="mx.example.org; dmarc=pass"))
    same = {"Message-ID": "<same@example.org>"}
    await place.sent(letter("Le vrai", "Le vrai.", headers=same))
    await place.timeline()
    await place.sent(letter("Le faux", "Le faux.", by="eve@example.org", headers=same))
    told = await place.timeline()

    text = "\n".join(event.content.text("body") for event in told)
    assert text.count("Un.") == text.count("Deux.") == 1
    assert "Le vrai." in text
    assert "Le faux." in text


async def test_what_was_taken_is_told_once_after_a_restart(
    homeserver: HomeserverForTests, tmp_path
):
    database_url = f"sqlite:///{tmp_path}/parvis.db"
    registration, key = homeserver.take_registration(), Vault.new_key()
    made = letter("Redémarrage", "Une fois.", headers={"Message-ID": "<r1@example.org>"})
    how = {"registration": registration, "key": key}
    async with open_place(homeserver, database_url, **how) as place:
        room, connection = place.room, place.connection
        # Ended right after the promise, before anything is told.
        await place.hooks.bridges.pipeline.close()
        assert (await place.sent(made))[0] == 250
    async with open_place(homeserver, database_url, **how) as other:
        place = Place(other.hooks, room, connection)
        assert (await place.sent(made))[0] == 250
        assert len(await place.timeline()) == 1
