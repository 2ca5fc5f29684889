"""What people write is shown, and nothing of it runs, loads or stalls."""

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
        ('<code class="language-py evil">a</code>', "<code>a</code>"),
    ],
)
def test_only_harmless_html_is_left(hostile: str, left: str):
    assert left in sanitize(hostile)
    assert "alert" not in sanitize(hostile)
    assert "evil" not in sanitize(hostile)


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_more(text: str):
    once = sanitize(text)

    assert sanitize(once) == once


def test_words_and_names_are_taken_out_cleanly():
    assert plain("<p>Un <b>mot</b></p><ul><li>a</li><li>b &amp; c</li></ul>") == "Un mot\na\nb & c"
    assert clean_name("  Ana\u202e \u200b Dumas ", otherwise="@ana:x") == "Ana Dumas"
    assert clean_name("\u200b\u200b", otherwise="@ana:x") == "@ana:x"
