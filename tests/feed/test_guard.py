"""What attackers try on the pages."""

import pytest

from feed.visits import own_address
from tests.harness.house import House
from tests.harness.reader import Reader


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "evil", "", "/a\nb", "/\t/evil"],
)
def test_an_address_of_elsewhere_is_not_followed(address: str):
    assert own_address(address, otherwise="/") == "/"


@pytest.mark.parametrize("address", ["/", "/groups/lyon?after=1_$x", "/posts/$abc#comments"])
def test_an_address_of_ours_is_followed(address: str):
    assert own_address(address, otherwise="/no") == address


async def test_what_a_client_wrote_runs_nothing_in_the_page(house: House):
    ana = await house.person("ana")
    group = await house.group("Pièges", [ana])
    evil = (
        '<img src=x onerror=alert(1)><script>alert(2)</script><a href="javascript:alert(3)">a</a>'
    )
    formatted = {"format": "org.matrix.custom.html", "formatted_body": f"<p>Piège</p>{evil}"}
    title = {"org.parvis.post": {"title": "<script>alert(4)</script>", "labels": ["<b>x</b>"]}}
    roots = [
        await ana.post(group.posts_id, f"Piège {evil}", **formatted),
        await ana.post(group.posts_id, "Titre", **title),
        await ana.post(group.posts_id, evil),
    ]
    reader = await Reader.signed_in(house.url, ana)

    for root in roots:
        await house.shows(root)
        page = (await reader.get(f"/posts/{root}")).text
        for sign in ("<script>", "onerror=alert(1)>", 'href="javascript', "<b>x</b>"):
            assert sign not in page.replace("&lt;img src=x onerror=alert(1)&gt;", "")
    await reader.close()


async def test_nobody_reads_without_signing_in(house: House):
    reader = Reader(house.url)

    for path in ("/", "/groups", "/search?q=a", "/compose", "/you", "/live", "/media/a/b"):
        assert (await reader.get(path)).url == f"{house.url}/login", path
    await reader.close()


async def test_nobody_is_listed_where_people_sign_in_outside_the_demo(house: House):
    ana = await house.person("ana")
    reader = Reader(house.url)

    page = (await reader.get("/login")).text
    filled = (await reader.get(f"/login?user={ana.user_id}")).text

    assert "Ana" not in page
    assert ana.password not in filled
    await reader.close()


async def test_a_session_ends_with_signing_out(house: House):
    ana = await house.person("ana")
    reader = await Reader.signed_in(house.url, ana)

    await reader.send("/you", "/logout")

    assert (await reader.get("/")).url == f"{house.url}/login"
    await reader.close()


async def test_pages_name_what_a_browser_may_load(house: House):
    reader = Reader(house.url)
    async with reader._session.get(f"{house.url}/login") as answer:
        policy = answer.headers["Content-Security-Policy"]
        cookie = answer.headers["Set-Cookie"]
    await reader.close()

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
