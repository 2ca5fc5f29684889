"""Signing in where the organization's identity provider knows people, and Matrix no password."""

from contextlib import AsyncExitStack
from urllib.parse import parse_qs, quote, urlsplit

import oidc_provider_mock
import pytest
from playwright.async_api import Browser

from appservice.ids import UserId
from appservice.languages import Language
from parvis.demo.synapse import free_port
from spaces.people import DirectoryPerson
from tests.harness.axe import MIXES, Mix, faults, looking
from tests.harness.browser import close
from tests.harness.homeserver import running_homeserver
from tests.harness.house import House, open_house
from tests.harness.reader import Reader
from tests.harness.wait import until

_CLAIMS = {
    "sub": "ines",
    "preferred_username": "ines",
    "name": "Inès Benali",
    "email": "ines@example.org",
}


def _provider(port: int) -> dict[str, object]:
    """Return how Synapse is told of the provider ("OpenID Connect", oidc_providers)."""
    return {
        "idp_id": "ateliers",
        "idp_name": "Ateliers Rhône",
        "issuer": f"http://localhost:{port}",
        "client_id": "synapse",
        "client_secret": "kept between the two",
        "skip_verification": True,
        "scopes": ["openid", "profile"],
        "user_mapping_provider": {
            "config": {
                "localpart_template": "{{ user.preferred_username }}",
                "display_name_template": "{{ user.name }}",
            }
        },
    }


@pytest.fixture(scope="module")
async def single(tmp_path_factory):
    """A Parvis whose homeserver takes no passwords, and its identity provider."""
    folder = tmp_path_factory.mktemp("single")
    people = [oidc_provider_mock.User(sub="ines", claims=_CLAIMS)]
    async with AsyncExitStack() as stack:
        port = free_port()
        stack.enter_context(oidc_provider_mock.run_server_in_thread(port, user_claims=people))
        extra = {
            "oidc_providers": [_provider(port)],
            "password_config": {"enabled": False},
            "sso": {"client_whitelist": ["http://127.0.0.1:"]},
        }
        homeserver = await stack.enter_async_context(
            running_homeserver(folder, appservices=1, extra=extra)
        )
        yield await stack.enter_async_context(open_house(folder / "parvis", homeserver))


async def test_who_has_no_matrix_password_signs_in_with_the_organizations_account(
    single: House, chromium: Browser
):
    context = await chromium.new_context(locale="fr-FR")
    page = await context.new_page()
    await page.goto(f"{single.url}/compose")
    asked_for_password = await page.locator("input[type=password]").count()
    await page.click("a:has-text('Ateliers Rhône')")
    await page.fill("input[name=sub]", "ines")
    await page.click("button:has-text('Authorize')")
    await page.wait_for_url(f"{single.url}/")
    await page.goto(f"{single.url}/you")
    shown = await page.inner_text("main")
    await close(context)

    assert asked_for_password == 0
    assert "Inès Benali" in shown

    async def inside() -> bool:
        bot = single.app.trays.bot
        return "@ines:parvis.test" in await bot.joined_members(
            await single.app.spaces.reconciler.root()
        )

    await until(inside, "who signs in is in the organization")


@pytest.mark.parametrize("mix", MIXES, ids=str)
async def test_the_page_of_the_provider_has_no_serious_fault(
    single: House, chromium: Browser, mix: Mix
):
    async with looking(chromium, mix) as page:
        await page.goto(f"{single.url}/login")
        assert await page.locator("a:has-text('Ateliers Rhône')").count() == 1
        found = await faults(page)
        await page.goto(f"{single.url}/login/token?state=guessed&loginToken=any")
        found += await faults(page)

    assert found == []


async def _state(reader: Reader) -> str:
    """Return what the provider would bring back to this visitor."""
    async with reader._session.get(f"{reader.url}/login/sso", allow_redirects=False) as answer:
        way = parse_qs(urlsplit(answer.headers["Location"]).query)["redirectUrl"][0]
    return parse_qs(urlsplit(way).query)["state"][0]


async def test_a_way_back_that_began_in_another_browser_signs_nobody_in(single: House):
    thief, victim = Reader(single.url), Reader(single.url)
    state = await _state(thief)
    answers = [
        await victim.get(f"/login/token?state={one}&loginToken=anything")
        for one in ("", "guessed", quote(state))
    ]
    signed_in = await victim.get("/you")
    await thief.close()
    await victim.close()

    assert [answer.status for answer in answers] == [403, 403, 403]
    assert all("a commencé ailleurs" in answer.text for answer in answers)
    assert signed_in.url.startswith(f"{single.url}/login")


async def test_a_used_login_token_leads_back_to_the_beginning(single: House):
    reader = Reader(single.url)
    state = await _state(reader)
    late = await reader.get(f"/login/token?state={quote(state)}&loginToken=used")
    await reader.close()

    assert late.status == 401
    assert "Cette connexion a expiré" in late.text


async def test_a_code_leads_to_the_organizations_sign_in_once_and_sets_no_password(single: House):
    karl = UserId("@karl:parvis.test")
    await single.app.spaces.people.take_over("test", [DirectoryPerson(karl, "Karl Ott")])
    (sheet,) = await single.app.spaces.inviting.desk.sheets(
        [karl], by=UserId("@boss:parvis.test"), nonce="1", language=Language.FR
    )
    visitor = Reader(single.url)
    forced = await visitor.send(
        "/welcome", "/welcome/password", code=sheet.code, password="x" * 12, again="x" * 12
    )
    led = await visitor.send("/welcome", "/welcome", code=sheet.code)
    again = await visitor.send("/welcome", "/welcome", code=sheet.code)
    await visitor.close()

    assert forced.status == 422
    assert "Bienvenue, Karl Ott" in led.text
    assert 'href="/login/sso' in led.text
    assert 'name="password"' not in led.text
    assert again.status == 422
