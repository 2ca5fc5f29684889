"""What a stranger on the network sends, and what the answers carry."""

import re

import aiohttp
import pytest

from tests.harness.calls import membership
from tests.harness.house import House
from tests.harness.reader import Reader

_MULTIPART = "multipart/form-data"
_ODD = b"\r\n".join(
    (
        b"--x",
        b"Content-Transfer-Encoding: odd",
        b'Content-Disposition: form-data; name="csrf"',
        b"",
        b"hi",
        b"--x--",
        b"",
    )
)
_FORM = "application/x-www-form-urlencoded"


async def _login_form(house: House, session: aiohttp.ClientSession) -> tuple[str, str]:
    """Return the form's token, and the address of a style sheet."""
    async with session.get(f"{house.url}/login") as answer:
        text = await answer.text()
    token = re.search(r'name="csrf" value="([^"]*)"', text)
    sheet = re.search(r'href="(/static/[^"]*\.css)"', text)
    assert token and sheet
    return token[1], sheet[1]


async def test_what_caches_may_share_carries_no_visitors_cookie(house: House):
    async with aiohttp.ClientSession() as session:
        _, sheet = await _login_form(house, session)
    async with aiohttp.ClientSession() as session, session.get(house.url + sheet) as answer:
        assert answer.headers["Cache-Control"].startswith("public")
        assert "Set-Cookie" not in answer.headers


async def test_who_signs_in_without_our_cookie_is_told_which_address_to_open(house: House):
    """As where the public address is https, and somebody came by plain http."""
    async with aiohttp.ClientSession() as session:
        token, _ = await _login_form(house, session)
    given = {"csrf": token, "user": "ana", "password": "secret"}
    async with (
        aiohttp.ClientSession(headers={"Accept-Language": "fr"}) as session,
        session.post(f"{house.url}/login", data=given) as answer,
    ):
        text = await answer.text()

    assert answer.status == 403
    assert f"aucun cookie de ce site. Ouvrez {house.url}" in text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (f"{_FORM}; charset=bogus", b"a=b"),
        (_FORM, b"\xff\xfe"),
        (_MULTIPART, b"no boundary"),
        (
            f"{_MULTIPART}; boundary=x",
            _ODD,
        ),
    ],
)
async def test_a_body_that_is_no_form_is_no_failure_of_ours(house: House, kind: str, body: bytes):
    headers = {"Content-Type": kind}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{house.url}/login", data=body, headers=headers) as answer,
    ):
        assert answer.status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_form_from_elsewhere_is_refused_with_the_right_token_too(
    house: House, headers: dict[str, str]
):
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        token, _ = await _login_form(house, session)
        fields = {"csrf": token, "language": "en"}
        async with session.post(
            f"{house.url}/you", data=fields, headers=headers, allow_redirects=False
        ) as answer:
            assert answer.status == 403
        async with session.post(
            f"{house.url}/you",
            data=fields,
            headers={"Origin": house.url, "Sec-Fetch-Site": "same-origin"},
            allow_redirects=False,
        ) as answer:
            assert answer.status == 303


async def test_what_the_identity_provider_sees_is_no_forms_token(house: House):
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        token, _ = await _login_form(house, session)
        async with session.get(f"{house.url}/login/sso", allow_redirects=False) as answer:
            assert answer.status == 303
            assert "state" in answer.headers["Location"]
            assert token not in answer.headers["Location"]


@pytest.mark.parametrize("path", ["/", "/login", "/nothing", "/groups/%00", "/login?user=%00"])
async def test_every_page_says_what_browsers_must_not_do_with_it(house: House, path: str):
    async with aiohttp.ClientSession() as session, session.get(house.url + path) as answer:
        for name in (
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
            "Cross-Origin-Resource-Policy",
            "Permissions-Policy",
        ):
            assert name in answer.headers, name
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Server" not in answer.headers


async def test_a_method_that_no_page_knows_gets_a_page_too(house: House):
    async with aiohttp.ClientSession() as session, session.put(f"{house.url}/") as answer:
        assert answer.status == 404
        assert "Content-Security-Policy" in answer.headers


async def test_what_a_browser_loads_ahead_uses_no_secret_up(house: House):
    ana = await house.person("ana")
    group = await house.group("Sources", [ana])
    connections = house.app.bridges.connections
    made = await connections.add(house.app.bridges.apps["github"], group.posts_id, ana.user_id)
    page = f"/connections/{(await connections.get(made)).page}"
    reader = await Reader.signed_in(house.url, ana)

    ahead = await reader.get(page, headers={"Sec-Purpose": "prefetch"})
    asked = await reader.post(f"{page}/secret", **ahead.hidden)
    again = await reader.get(page)
    await reader.close()

    shown = ['id="given"' in answer.text for answer in (ahead, asked, again)]
    assert shown == [False, True, False]
    assert "Montrer le secret" in ahead.text


async def test_a_text_that_no_event_holds_comes_back_with_the_reason(house: House):
    ana = await house.person("ana")
    group = await house.group("Romans", [ana])
    reader = await Reader.signed_in(house.url, ana)

    answer = await reader.send(
        "/compose", "/compose", group=group.slug, title="Tome 1", text="🐢" * 15_000
    )
    await reader.close()

    assert answer.status == 413
    assert "Ce texte est trop long pour un seul message" in answer.text
    assert "🐢" * 15_000 in answer.text


async def test_who_is_sent_out_keeps_their_name_below_what_they_wrote(house: House):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    await zoe.client.set_displayname("Zoé Petit")
    group = await house.group("Quai", [ana, zoe])
    await house.shows(await zoe.post(group.posts_id, "Je pars"))
    assert await membership(ana, "kick", group.posts_id, zoe.user_id) == 200
    await house.knows(zoe, group.posts_id, joined=False)
    reader = await Reader.signed_in(house.url, ana)

    page = await reader.get(f"/groups/{group.slug}")
    await reader.close()

    assert "Zoé Petit" in page.text
