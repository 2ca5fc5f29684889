"""What strangers publish is read in bounded time, or refused; the same entry stays the same."""

import random
import time

import pytest

from appservice.errors import PayloadRejected
from bridges.base import SourceAnswer
from bridges.discovery import apps
from bridges.markup import beginning, text_of
from bridges.pulling.harvester import Harvester
from bridges.rss.document import harvest
from tests.bridges.apps.goldens import BRIDGES

URL = "https://blog.example/feed"
DOCUMENTS = sorted((BRIDGES / "rss" / "fixtures").glob("*.json"))


def _answer(text: str) -> SourceAnswer:
    return SourceAnswer({"content-type": "application/xml"}, text.encode(), URL)


def _rss(items: str) -> str:
    return f'<rss version="2.0"><channel><title>J</title>{items}</channel></rss>'


def test_an_entry_is_the_same_whichever_reader_reads_the_document():
    items = "<item><title>Un</title><guid>un</guid><link>/un</link></item>"
    first = harvest(_answer(_rss(items)), "")
    broken = items + "<item><title>Deux & trois</title><guid>deux</guid></item>"
    second = harvest(_answer(_rss(broken)), first.cursor)
    third = harvest(_answer(_rss(broken.replace(" & ", " &amp; "))), second.cursor)

    assert [one.body["title"] for one in second.found] == ["Deux & trois"]
    assert third.found == ()


def test_an_entry_that_comes_back_or_changes_is_not_new():
    both = "<item><title>A</title><guid>a</guid></item><item><title>B</title><guid>b</guid></item>"
    first = harvest(_answer(_rss(both)), "")
    without = harvest(_answer(_rss(both[: both.index("</item>") + 7])), first.cursor)
    again = harvest(_answer(_rss(both.replace("B", "B, corrigé"))), without.cursor)

    assert (len(first.found), without.found, again.found) == (2, (), ())


@pytest.mark.parametrize("text", ["", "{}", "[]", "<html><body>Bonjour</body></html>", "\x00\xff"])
def test_what_is_no_feed_is_refused(text: str):
    with pytest.raises(PayloadRejected):
        harvest(_answer(text), "")


def test_a_page_is_refused_with_the_feed_that_it_names():
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>'

    with pytest.raises(PayloadRejected, match=r"/feed\.xml"):
        harvest(_answer(page), "")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_damaged_document_is_read_or_refused(path):
    raw, dice = path.read_bytes(), random.Random(path.stem)
    for _ in range(20):
        damaged = bytearray(raw)
        for _ in range(8):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        cut = bytes(damaged[: dice.randrange(len(damaged))])
        try:
            harvest(SourceAnswer({}, cut, URL), "")
        except PayloadRejected:
            continue


def test_entities_neither_load_nor_grow():
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE rss [<!ENTITY e0 "boum">{levels}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    text = bomb + _rss("<item><title>&e11;&x;</title><link>/b</link><guid>b</guid></item>")
    since = time.process_time()
    try:
        found = harvest(_answer(text), "").found
    except PayloadRejected:
        found = ()

    assert time.process_time() - since < 2
    assert "root:" not in str(found)
    assert len(str(found)) < 10_000


async def test_fifty_thousand_entries_are_read_and_the_newest_kept():
    items = "".join(f"<item><title>T{n}</title><guid>g{n}</guid></item>" for n in range(50_000))
    harvester = Harvester()
    try:
        first = await harvester.read("rss", _answer(_rss(items)), "")
        again = await harvester.read("rss", _answer(_rss(items)), first.cursor)
    finally:
        await harvester.close()

    assert len(first.found) == 500
    assert first.found[-1].body["title"] == "T0"
    assert again.found == ()


async def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_read():
    slow, quick = Harvester(within=0.001), Harvester()
    try:
        with pytest.raises(PayloadRejected, match="too long"):
            await slow.read("rss", _answer(_rss("")), "")
        items = "<item><title>Un</title><guid>un</guid></item>"
        read = await quick.read("rss", _answer(_rss(items)), "")
        with pytest.raises(PayloadRejected):
            await quick.read("rss", _answer("<html>"), "")
        again = await quick.read("rss", _answer(_rss(items)), read.cursor)
    finally:
        await slow.close()
        await quick.close()
    assert [one.body["title"] for one in read.found] == ["Un"]
    assert again.found == ()


def test_words_are_taken_out_of_markup():
    assert text_of("<p>Un &amp; <b>deux</b></p><p>1 < 2 & 3 > 2</p>") == "Un & deux\n1 < 2 & 3 > 2"
    assert text_of("<STYLE>p{}</STYLE>a<script>b</script>c<br>d<script>e") == "ac\nd"
    assert text_of("crème <maison> <o:p>x</o:p><!-- y -->") == "crème <maison> x"
    since = time.process_time()
    text_of("<" * 200_000)
    text_of("<script>" * 30_000)
    assert time.process_time() - since < 2
    assert beginning("un deux trois quatre", 15) == "un deux trois…"


def test_a_feed_must_have_a_web_address():
    question = apps()["rss"].pull.question

    assert question(URL, "").url == URL
    for wrong in ("blog.example", "file:///etc/passwd", "https://a:b@blog.example/", "http://[::1"):
        with pytest.raises(PayloadRejected):
            question(wrong, "")
