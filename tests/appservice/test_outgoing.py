"""What people name to be called is called on the public internet only, and cannot flood us."""

import asyncio
import gzip
import socket
import ssl
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest
from aiohttp import web

from appservice.addresses import cannot_be_public, is_public
from appservice.errors import ConfigError
from appservice.outgoing import CallFailed, CallRefused, Outgoing
from appservice.outgoing_settings import OutgoingSettings
from parvis.demo.federation import Authority, Crossroads

INNER = """
10.0.0.1 127.0.0.1 0.0.0.0 100.64.0.1 100.100.100.200 169.254.169.254 172.16.0.1 192.168.1.1
192.0.2.1 192.88.99.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:a00:1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
2002:7f00:1::1 2002:a9fe:a9fe:: 2001::1 2001:db8::1 100::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%lo
fec0::1 ff02::1
"""
LOOPBACK = OutgoingSettings(private_hosts=("127.0.0.1",))


@asynccontextmanager
async def _client(settings: OutgoingSettings = LOOPBACK):
    client = Outgoing(settings)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def _server(answer, tls: ssl.SSLContext | None = None):
    """Serve *answer* at every path of a port of the loopback interface; yields the port."""
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener, ssl_context=tls).start()
    try:
        yield listener.getsockname()[1]
    finally:
        await runner.cleanup()


async def _hello(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.method} {request.path}", headers={"X-Told": "yes"})


@pytest.mark.parametrize("address", INNER.split())
def test_an_inner_address_is_never_public_in_whatever_form(address: str):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_an_address_of_the_internet_is_public(address: str):
    assert is_public(ip_address(address))


def test_names_that_mean_an_inner_place_are_known():
    inner = "localhost intranet. 2130706433 0x7f.1 127.1 db.localhost nas.local metadata.internal"

    assert all(cannot_be_public(name) for name in inner.split())
    assert not any(cannot_be_public(name) for name in ("example.org", "a.b.example.", "4chan.org"))


async def test_a_listed_host_is_called_and_its_answer_told_whole():
    async with _server(_hello) as port, _client() as client:
        reply = await client.call("get", f"http://127.0.0.1:{port}/feed#part")

    assert (reply.status, reply.body) == (200, b"GET /feed")
    assert reply.headers["x-told"] == "yes"
    assert reply.url == f"http://127.0.0.1:{port}/feed"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_a_host_that_is_not_listed_is_not_called_by_whatever_name(host: str):
    called: list[web.Request] = []

    async def note(request: web.Request) -> web.Response:
        called.append(request)
        return web.Response()

    async with _server(note) as port, _client(OutgoingSettings()) as client:
        with pytest.raises(CallRefused):
            await client.call("GET", f"http://{host}:{port}/")
    assert not called


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/feed",
        "//127.0.0.1/feed",
        "http:///feed",
        "http://ana:secret@127.0.0.1/feed",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "",
    ],
)
async def test_what_is_no_plain_web_address_is_refused(url: str):
    async with _client() as client:
        with pytest.raises(CallRefused):
            await client.call("GET", url)


async def test_a_redirect_to_an_inner_address_is_refused():
    async def away(_request: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/latest/meta-data")

    async with _server(away) as port, _client() as client:
        with pytest.raises(CallRefused, match=r"169\.254\.169\.254"):
            await client.call("GET", f"http://127.0.0.1:{port}/")


async def test_redirects_are_followed_a_few_times_only():
    async def on(request: web.Request) -> web.Response:
        left = int(request.path.strip("/"))
        if left:
            raise web.HTTPMovedPermanently(f"{left - 1}")
        return web.Response(text=request.method)

    async with _server(on) as port, _client() as client:
        reply = await client.call("POST", f"http://127.0.0.1:{port}/3", body=b"a form")
        with pytest.raises(CallRefused, match="redirects"):
            await client.call("GET", f"http://127.0.0.1:{port}/4")
    assert reply.body == b"GET"


async def test_secrets_do_not_follow_a_redirect_to_another_server():
    seen: dict[str, str] = {}

    async def look(request: web.Request) -> web.Response:
        seen.update({name.lower(): value for name, value in request.headers.items()})
        return web.Response()

    async with _server(look) as other, _client() as client:

        async def away(_request: web.Request) -> web.Response:
            raise web.HTTPTemporaryRedirect(f"http://127.0.0.1:{other}/")

        async with _server(away) as port:
            secret = {"Authorization": "Bearer abc", "Private-Token": "abc", "Accept": "text/html"}
            await client.call("GET", f"http://127.0.0.1:{port}/", headers=secret)
            with pytest.raises(CallRefused, match="another server"):
                await client.call("POST", f"http://127.0.0.1:{port}/", body=b"a comment")
    assert seen["accept"] == "text/html"
    assert not {"authorization", "private-token"} & seen.keys()


@pytest.mark.parametrize("packing", ["", "gzip"])
async def test_an_answer_larger_than_allowed_is_not_taken(packing: str):
    async def large(_request: web.Request) -> web.Response:
        body = b"\0" * 2_000_000
        if packing:
            return web.Response(body=gzip.compress(body), headers={"Content-Encoding": packing})
        return web.Response(body=body)

    async with _server(large) as port, _client() as client:
        with pytest.raises(CallRefused, match="1000000 bytes"):
            await client.call("GET", f"http://127.0.0.1:{port}/", largest=1_000_000)
        assert (await client.call("GET", f"http://127.0.0.1:{port}/")).body == b"\0" * 2_000_000


async def test_an_endless_answer_is_cut():
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"more" * 1000)

    async with _server(endless) as port, _client() as client:
        with pytest.raises(CallRefused, match="bytes"):
            await client.call("GET", f"http://127.0.0.1:{port}/", largest=100_000)


async def test_a_server_that_keeps_silent_is_left():
    waiting = asyncio.Event()

    async def silent(_request: web.Request) -> web.Response:
        await waiting.wait()
        return web.Response()

    async with _server(silent) as port, _client() as client:
        with pytest.raises(CallFailed, match="seconds"):
            await client.call("GET", f"http://127.0.0.1:{port}/", within=0.1)
        waiting.set()


async def test_a_server_that_is_away_may_be_called_again():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with _client() as client:
        with pytest.raises(CallFailed):
            await client.call("GET", f"http://127.0.0.1:{port}/")


async def test_calls_go_through_the_proxy_and_believe_the_private_authority(tmp_path, monkeypatch):
    # What the environment says must change nothing.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    authority, proxy = Authority(), Crossroads()
    names = [tmp_path / name for name in ("ca.pem", "git.pem", "git.key")]
    authority.write_own(names[0])
    authority.write_certificate("git.example.org", names[1], names[2])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(names[1], names[2])
    await proxy.open()
    try:
        async with _server(_hello, tls) as port:
            proxy.lead("git.example.org", port)
            proxy.lead("localhost", port)
            through = OutgoingSettings(proxy=proxy.url, ca_certificates=str(names[0]))
            async with _client(through) as client:
                reply = await client.call("GET", "https://git.example.org/api")
                for inner in ("localhost", "127.0.0.1", "10.1.2.3", "wiki", "wiki.internal"):
                    with pytest.raises(CallRefused, match="public internet"):
                        await client.call("GET", f"https://{inner}/api")
            async with _client(OutgoingSettings(proxy=proxy.url)) as stranger:
                with pytest.raises(CallFailed, match="certificate"):
                    await stranger.call("GET", "https://git.example.org/api")
    finally:
        await proxy.close()
    assert reply.body == b"GET /api"


def test_certificates_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(ConfigError, match="ca_certificates"):
        Outgoing(OutgoingSettings(ca_certificates=str(tmp_path / "none.pem")))
