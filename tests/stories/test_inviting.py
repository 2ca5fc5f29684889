"""From a people file to people signed in: by a printed sheet, without e-mail address or phone."""

import asyncio
import re
from contextlib import AsyncExitStack
from html import unescape

import pytest
from playwright.async_api import Browser

from tests.harness.axe import MIXES, Mix, faults, looking
from tests.harness.calls import call
from tests.harness.house import House, open_house
from tests.harness.mailbox import open_mailbox
from tests.harness.reader import Answer, Reader
from tests.harness.talk import Talk
from tests.harness.wait import until

_CODE = re.compile(r'<dd class="code">([0-9A-Z-]+)</dd>')
_PASSWORD = "quatre chevaux au pré"
_PAGE = "/manage/people"


class _Firm:
    """A house with its admin at the desk, and a people file."""

    def __init__(self, house: House, admin, desk: Reader, mailbox, folder) -> None:
        self.house = house
        self.admin = admin
        self.desk = desk
        self.mailbox = mailbox
        self.folder = folder

    def visitor(self) -> Reader:
        """Return somebody of an address of their own, as a proxy on this machine notes it."""
        reader = Reader(self.house.url)
        number = self.house.homeserver.fresh("")
        reader._session.headers["X-Forwarded-For"] = f"198.51.100.1, 203.0.113.{number}"
        return reader

    async def hire(self, name: str, email: str = "", language: str = "fr") -> str:
        """Write a person into the file; return their account once Parvis knows them."""
        username = self.house.homeserver.fresh(name)
        with (self.folder / "people.csv").open("a") as file:
            file.write(f"{username};{name.title()} Diaz;{email};{language}\n")
        user_id = f"@{username}:{self.house.homeserver.server_name}"

        async def known() -> bool:
            return any(one.user_id == user_id for one in await self.house.app.spaces.people.all())

        await until(known, f"{user_id} is in the directory")
        return user_id

    async def state(self, user_id: str) -> str:
        """Return what the page says of a person: their line, without its marks."""
        page = await self.desk.get(f"{_PAGE}?words={user_id.partition(':')[0]}")
        (line,) = re.findall(r"<li>((?:<input type=\"checkbox|<svg).*?)</li>", page.text, re.DOTALL)
        return unescape(re.sub(r"<[^>]+>", " ", line))

    async def reaches(self, user_id: str, words: str) -> None:
        async def so() -> bool:
            return words in await self.state(user_id)

        await until(so, f"{user_id} is “{words}”")

    async def print_sheets(self, *user_ids: str, **fields: str) -> Answer:
        chosen = {f"who:{one}": "1" for one in user_ids}
        return await self.desk.send(_PAGE, f"{_PAGE}/sheets", whom="chosen", **chosen, **fields)

    async def code(self, user_id: str) -> str:
        (code,) = _CODE.findall((await self.print_sheets(user_id)).text)
        return code


@pytest.fixture(scope="module")
async def firm(homeserver, tmp_path_factory):
    folder = tmp_path_factory.mktemp("inviting")
    (folder / "people.csv").write_text("username;name;email;language\n")
    async with AsyncExitStack() as stack:
        mailbox = await stack.enter_async_context(open_mailbox())
        root = await homeserver.person_called(homeserver.fresh("root"), admin=True)
        admin = await homeserver.person("admin")
        settings = f"""
directory: {{source: file, file: people.csv}}
mail: {{host: 127.0.0.1, port: {mailbox.port}, security: none, sender: parvis@example.org}}
"""
        house = await stack.enter_async_context(
            open_house(
                folder,
                homeserver,
                admin=admin.user_id,
                more=f', admin_token: "{root.token}"',
                settings=settings,
            )
        )
        house.people += [root, admin]
        await admin.join(await house.app.spaces.reconciler.root())
        desk = await Reader.signed_in(house.url, admin)
        stack.push_async_callback(desk.close)
        yield _Firm(house, admin, desk, mailbox, folder)


async def _opened(visitor: Reader, code: str) -> Answer:
    return await visitor.send("/welcome", "/welcome", code=code)


async def _go_in(visitor: Reader, code: str, password: str = _PASSWORD) -> Answer:
    given = {"code": code, "password": password, "again": password}
    return await visitor.send("/welcome", "/welcome/password", **given)


async def test_a_person_without_address_or_phone_comes_in_by_a_sheet(firm: _Firm, capfd):
    lea = await firm.hire("lea")
    await firm.reaches(lea, "pas d’adresse électronique")
    sheet = await firm.print_sheets(lea)
    (code,) = _CODE.findall(sheet.text)
    printed = await firm.state(lea)

    visitor = firm.visitor()
    door = await _opened(visitor, code.lower().replace("-", " "))
    weak = await _go_in(visitor, code, "court")
    inside = await _go_in(visitor, code)
    again = await _go_in(visitor, code, "un tout autre mot")
    await visitor.close()

    assert "Lea Diaz" in sheet.text and lea in sheet.text and "<svg" in sheet.text
    assert "feuille imprimée" in printed
    assert "Bienvenue, Lea Diaz" in door.text
    assert weak.status == 422
    assert (inside.status, inside.url) == (200, f"{firm.house.url}/")
    assert again.status == 422
    await firm.reaches(lea, "Connexion faite")
    bot = firm.house.app.trays.bot
    assert lea in await bot.joined_members(await firm.house.app.spaces.reconciler.root())
    assert (await bot.profile(lea)).name == "Lea Diaz"

    written = capfd.readouterr()
    secrets = (code, code.replace("-", ""), _PASSWORD)
    assert not any(one in written.out + written.err for one in secrets)
    for path in (firm.folder / "data").rglob("*"):
        if path.is_file():
            assert not any(one.encode() in path.read_bytes() for one in secrets), path


async def test_every_code_that_lets_nobody_in_is_answered_alike(firm: _Firm):
    used, old, lost = [await firm.hire(name) for name in ("mia", "nino", "olga")]
    spent, first, gone = [await firm.code(one) for one in (used, old, lost)]
    second = await firm.code(old)
    visitor = firm.visitor()
    await _go_in(visitor, spent)
    await visitor.close()
    await firm.desk.send(_PAGE, _PAGE, do="revoke", whom="chosen", **{f"who:{lost}": "1"})

    stranger = firm.visitor()
    unknown = await _opened(stranger, "00000-00000-00000-00000")
    answers = [await _opened(stranger, code) for code in (spent, first, gone)]
    good = await _opened(stranger, second)
    await stranger.close()

    assert unknown.status == 422
    assert {answer.status for answer in answers} == {422}
    assert {answer.steady for answer in answers} == {unknown.steady}
    assert good.status == 200
    assert "pas d’adresse" in await firm.state(lost)


async def test_a_page_of_sheets_that_is_asked_for_again_is_the_same(firm: _Firm):
    paul = await firm.hire("paul", language="en")
    page = await firm.desk.get(_PAGE)
    sent = {**page.hidden, "whom": "chosen", f"who:{paul}": "1"}
    pages = [await firm.desk.post(f"{_PAGE}/sheets", **sent) for _ in range(2)]
    codes = [_CODE.findall(one.text) for one in pages]

    assert codes[0] == codes[1]
    assert len(codes[0]) == 1
    assert '<section class="sheet" lang="en">' in pages[0].text
    assert "This sheet lets you in" in pages[0].text


async def test_a_code_opens_no_account_that_is_in_use_or_administers_the_homeserver(firm: _Firm):
    house = firm.house
    ana = await house.homeserver.person("ana")
    house.people.append(ana)
    boss = await house.homeserver.person_called(house.homeserver.fresh("boss"), admin=True)
    house.people.append(boss)
    await call(ana, "GET", "/account/whoami")
    codes = []
    for person in (ana, boss):
        username = person.user_id[1:].partition(":")[0]
        with (firm.folder / "people.csv").open("a") as file:
            file.write(f"{username};Nom Ancien;;fr\n")

        async def listed(user_id=person.user_id) -> bool:
            return user_id in (await firm.desk.get(f"{_PAGE}?words={user_id[1:6]}")).text

        await until(listed, "the person is listed")
        codes += _CODE.findall((await firm.print_sheets(person.user_id)).text)
    visitor = firm.visitor()
    answers = [await _go_in(visitor, code, "une prise de contrôle") for code in codes]
    await visitor.close()
    still = [await call(person, "GET", "/account/whoami") for person in (ana, boss)]

    assert all(answer.status == 422 for answer in answers)
    assert [status for status, _ in still] == [200, 200]


async def test_of_people_who_use_one_code_at_once_one_comes_in(firm: _Firm):
    quentin = await firm.hire("quentin")
    code = await firm.code(quentin)
    visitors = [firm.visitor() for _ in range(4)]
    answers = await asyncio.gather(
        *(_go_in(one, code, f"un mot de passe {n}") for n, one in enumerate(visitors))
    )
    for one in visitors:
        await one.close()

    assert sorted(answer.status for answer in answers) == [200, 422, 422, 422]


async def test_who_guesses_must_wait_and_nobody_else(firm: _Firm):
    guesser, other = firm.visitor(), firm.visitor()
    rosa = await firm.hire("rosa")
    code = await firm.code(rosa)
    tries = [(await _opened(guesser, f"AAAAA-{n}")).status for n in range(12)]
    known = await _opened(other, code)
    await guesser.close()
    await other.close()

    assert tries[:10] == [422] * 10
    assert tries[10:] == [429, 429]
    assert known.status == 200


async def test_a_letter_and_the_bot_lead_in_as_well(firm: _Firm):
    sam = await firm.hire("sam", "sam@example.org", language="en")
    tom = await firm.hire("tom")
    talk = await Talk.begin(firm.house, firm.admin)
    invited = await talk.ask(f"person invite {sam}")
    refused = await talk.ask(f"person invite {tom}")
    listed = await talk.ask("person list")
    await firm.reaches(sam, "lettre envoyée")
    again = await firm.desk.send(_PAGE, _PAGE, do="mail", whom="chosen", **{f"who:{tom}": "1"})
    (letter,) = firm.mailbox.letters["sam@example.org"]
    text = letter.get_content().replace("\r\n", "\n")
    (code,) = set(re.findall(r"^[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}$", text, re.MULTILINE))
    visitor = firm.visitor()
    inside = await _go_in(visitor, code)
    await visitor.close()

    assert "sam@example.org" in invited.replace("\u2060", "")
    assert _PAGE in refused
    assert "Tom Diaz" in listed and _PAGE in listed
    assert "Personnes sans adresse électronique\u00a0: 1" in again.text
    assert text.startswith("Hello Sam Diaz")
    assert f"{firm.house.url}/welcome#{code}" in text
    assert inside.url == f"{firm.house.url}/"


async def test_a_letter_that_still_waits_does_not_go_to_who_left_the_directory(firm: _Firm):
    people = firm.folder / "people.csv"
    for name in ("ugo", "vera", "wim", "xenia", "yves"):
        await firm.hire(name)  # Enough of them that that one leaves is believed.
    before = people.read_text()
    uma = await firm.hire("uma", "uma@example.org")
    await firm.mailbox.close()
    await firm.desk.send(_PAGE, _PAGE, do="mail", whom="chosen", **{f"who:{uma}": "1"})
    await firm.reaches(uma, "lettre en attente")
    people.write_text(before)

    async def gone() -> bool:
        return not any(one.user_id == uma and one.active for one in await _directory(firm))

    await until(gone, "the directory no longer has her")
    await firm.mailbox.open()
    zeno = await firm.hire("zeno", "zeno@example.org")
    await firm.desk.send(_PAGE, _PAGE, do="mail", whom="chosen", **{f"who:{zeno}": "1"})
    await firm.reaches(zeno, "lettre envoyée")

    assert "zeno@example.org" in firm.mailbox.letters
    assert "uma@example.org" not in firm.mailbox.letters


async def _directory(firm: _Firm):
    return await firm.house.app.spaces.people.all()


async def test_only_admins_come_to_the_desk(firm: _Firm):
    plain = await firm.house.person("plain")
    reader = await Reader.signed_in(firm.house.url, plain)
    answers = [
        await reader.get(_PAGE),
        await reader.send("/you", _PAGE, do="mail", whom="all"),
        await reader.send("/you", f"{_PAGE}/sheets", whom="all"),
    ]
    await reader.close()

    assert [answer.status for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize("mix", [MIXES[0], MIXES[-1]], ids=str)
async def test_from_the_desk_to_the_camera_of_a_phone(firm: _Firm, chromium: Browser, mix: Mix):
    """Every page on the way stands without a serious fault, and the code leaves the address."""
    await firm.hire("vera")
    async with looking(chromium, mix) as page:
        await page.goto(f"{firm.house.url}/login")
        await page.fill("#user", firm.admin.user_id)
        await page.fill("#password", firm.admin.password)
        await page.click("form[action='/login'] button")
        await page.wait_for_url(f"{firm.house.url}/")
        await page.goto(f"{firm.house.url}{_PAGE}?state=unreachable&words=vera")
        found = await faults(page)
        await page.check("input[type=checkbox]")
        await page.click("button[formaction]")
        await page.wait_for_selector("section.sheet svg.qr")
        found += await faults(page)
        code = await page.inner_text(".code")
    async with looking(chromium, mix) as page:
        await page.goto(f"{firm.house.url}/welcome#{code}")
        assert await page.input_value("#code") == code
        assert page.url == f"{firm.house.url}/welcome"
        found += await faults(page)
        await page.click("form[action='/welcome'] button")
        await page.wait_for_selector("#password")
        found += await faults(page)
        await page.fill("#password", _PASSWORD)
        await page.fill("#again", _PASSWORD)
        await page.click("form[action='/welcome/password'] button")
        await page.wait_for_url(f"{firm.house.url}/")

    assert found == []
