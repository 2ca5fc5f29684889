"""What people write is shown, and nothing of it runs, loads or stalls."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.formatting import Formatting, clean_name, plain, sanitize

BOMBS = {
    "brackets": "[" * 5000,
    "tags": "<a " * 5000,
    "links": "[a](" * 2000,
    "stars": "*a" * 4000,
    "quotes": "> " * 4000 + "x",
    "backticks": "`" * 7999,
}

FORMATS = [
    "b",
    "big",
    "em",
    "font",
    "i",
    "nobr",
    "s",
    "small",
    "strike",
    "strong",
    "tt",
    "u",
    "code",
]
OPEN = "".join(f"<{name}>" * 3 for name in FORMATS)
NUMBERED = "".join(f"<b id={number}>" for number in range(3000))
CODES = "".join(f"<code class=language-{number}>" for number in range(1200))
HTML_BOMBS = {
    "numbered": NUMBERED + "<p>x" * 4000,
    "slashed": NUMBERED.replace(" ", "/") + "<p>x" * 4000,
    "capitals": NUMBERED.replace("<b", "<EM") + "<p>x" * 2000,
    "quoted": NUMBERED.replace("id=", "title='>' id=") + "<p>x" * 2000,
    "codes": CODES + "<p>x" * 4000,
    "every format": "<p>" + OPEN + "<p>x" * 9000,
    "divisions": "<div>" + OPEN + "</div><div>x" * 4000,
    "depth": "<div>" * 9900,
    "adoption": "<b>" * 3 + "<i>" * 3 + "<div>" * 7000 + "</b>" * 2900,
    "brackets": "<" * 65_000,
    "open tags": "<b " * 9_900,
    "open codes": "<code class=" * 5_000,
    "breaks": "<p>x" * 16_000,
    "details": "<details>" * 7000,
    "hidden details": '<ul a="</ul>">' * 4600,
    "lists": "<ul><li>" * 5000,
}


async def test_markdown_becomes_html_without_any_of_its_own_tags():
    formatting = Formatting()

    html = await formatting.render(
        "# Titre\n\n**gras** <script>alert(1)</script> [a](javascript:x)"
    )
    table = await formatting.render("| a | b |\n|---|---|\n| 1 | 2 |")
    await formatting.close()

    assert "<h3>Titre</h3>" in html
    assert "<strong>gras</strong>" in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "javascript" not in html
    assert "<table>" in table


@pytest.mark.parametrize("name", BOMBS)
async def test_no_text_stalls_the_service(name: str):
    formatting = Formatting()
    await formatting.render("warm")

    started = time.monotonic()
    html = await formatting.render(BOMBS[name])
    took = time.monotonic() - started
    after = await formatting.render("**still here**")
    await formatting.close()

    assert took < 2
    assert html
    assert "<strong>still here</strong>" in after


async def test_one_persons_slow_texts_hold_up_nobody_else():
    formatting = Formatting()
    await formatting.render("warm")
    flood = [
        asyncio.create_task(formatting.render(BOMBS["brackets"], sender="@mallory:x"))
        for _ in range(20)
    ]
    await asyncio.sleep(0)

    html = await formatting.render("**hello**", sender="@ana:x")
    done = sum(task.done() for task in flood)
    for task in flood:
        task.cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    await formatting.close()

    assert "<strong>hello</strong>" in html
    assert done <= 1


@pytest.mark.parametrize(
    ("hostile", "left"),
    [
        ("<img src=https://evil.example/x.png>", "<img>"),
        ("<img src=mxc://a.example/Abc onerror=alert(1)>", '<img src="/media/a.example/Abc">'),
        ("<img src=mxc://a.example/../../etc>", "<img>"),
        ("<svg onload=alert(1)><math><p>x</p></math></svg>", "x"),
        ("<p style='color:red' class=x>a</p>", "<p>a</p>"),
        ("<mx-reply>old</mx-reply>new", "new"),
        ("<a href='data:text/html,x'>a</a>", '<a rel="noopener noreferrer nofollow">a</a>'),
        ("<h1>a</h1><h2>b</h2>", "<h3>a</h3><h4>b</h4>"),
        ('<code class="language-py evil">a</code>', '<code class="language-py">a</code>'),
        ('<code class="evil">a</code>', "<code>a</code>"),
    ],
)
def test_only_harmless_html_is_left(hostile: str, left: str):
    assert left in sanitize(hostile)
    assert "alert" not in sanitize(hostile)
    assert "evil" not in sanitize(hostile)


@pytest.mark.parametrize("name", HTML_BOMBS)
def test_no_html_grows_or_stalls(name: str):
    html = HTML_BOMBS[name]

    started = time.process_time()
    clean = sanitize(html)
    words = plain(clean)
    took = time.process_time() - started

    assert took < 1.0
    assert len(clean) <= 6 * 65_536
    assert len(words) <= 65_536


def test_blocks_in_each_other_stay_up_to_a_hundred():
    deep = "<blockquote>" * 100 + "Avant" + "</blockquote>" * 100
    many = "<details><summary>Un</summary>deux</details>" * 1000

    assert sanitize(deep) == deep
    assert sanitize(many) == many
    assert sanitize(f"<div>{deep}</div>") == "<p>Avant</p>"


def test_a_long_rich_text_keeps_its_form():
    row = "<tr><td><strong>Lot {0}</strong></td><td><em>prêt</em></td><td>{0}</td></tr>"
    table = "<table><tbody>" + "".join(row.format(n) for n in range(500)) + "</tbody></table>"
    code = '<pre><code class="language-python">print(1)</code></pre>'
    styled = '<p><b style="color: red" data-x="1">Attention</b> : lisez <i class="y">tout</i>.</p>'

    assert sanitize(table) == table
    assert sanitize(code) == code
    assert sanitize(styled) == "<p><b>Attention</b> : lisez <i>tout</i>.</p>"


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_more(text: str):
    once = sanitize(text)

    assert sanitize(once) == once


def test_words_and_names_are_taken_out_cleanly():
    assert plain("<p>Un <b>mot</b></p><ul><li>a</li><li>b &amp; c</li></ul>") == "Un mot\na\nb & c"
    assert clean_name("  Ana\u202e \u200b Dumas ", otherwise="@ana:x") == "Ana Dumas"
    assert clean_name("\u200b\u200b", otherwise="@ana:x") == "@ana:x"
