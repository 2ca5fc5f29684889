"""Of Markdown from outside what is not shown is left out."""

import pytest

from bridges.prose import beginning, prose

_SAID = [
    (
        "## Titre ##\n\nla courbe **ne bouge plus**, ~~vraiment~~",
        "Titre\n\nla courbe **ne bouge plus**, vraiment",
    ),
    ("<!-- à lire\n-->\r\nPanne\r\n<!-- jamais fermé", "Panne"),
    (
        "[ici](https://a.test/1) [là](/uploads/2.png) [https://a.test](https://a.test)",
        "[ici](https://a.test/1) là https://a.test",
    ),
    ('![Courbe](/u/1.png){width=60} ![](x.png) <img alt="Vanne" src="y">', "[Courbe]  [Vanne]"),
    ("[![Rapport](https://b.test/1.svg)](https://r.test)\n\n[//]: # (fin)", "[Rapport]"),
    (
        "<details><summary>Journal</summary>\n\n```sh\n<b>**x**\n```\n</details>",
        "Journal\n\n```\n<b>**x**\n```",
    ),
    (
        "`<div>` &lt;ok&gt; a < b, List<String> \\*pas gras\\* #12",
        "`<div>` <ok> a < b, List<String> *pas gras* #12",
    ),
    ("vu :+1: à 10:30:00 `:bug:` :inconnu:", "vu 👍 à 10:30:00 `:bug:` :inconnu:"),
    (
        "le signe `<!--` reste\n```\n<!-- code -->\n```\nfin",
        "le signe `<!--` reste\n```\n<!-- code -->\n```\nfin",
    ),
    ("- [ ] mesurer\n- [x] redémarrer", "- ☐ mesurer\n- ☑ redémarrer"),
    ("| a | b |\n|---|:-:|\n| 1 | 2 |\n\n---\n2 ** 3", "| a | b |\n| 1 | 2 |\n\n2 ** 3"),
]


@pytest.mark.parametrize(("markdown", "words"), _SAID)
def test_markdown_is_said_without_marks_that_are_not_shown_and_code_with_them(
    markdown: str, words: str
):
    assert prose(markdown) == words


@pytest.mark.parametrize("longest", range(8, 30))
def test_no_link_is_cut_in_two(longest: int):
    whole = "Voir [la fiche](https://a.test/1) et la suite"
    assert beginning(whole, 33) == "Voir [la fiche](https://a.test/1)"
    assert beginning(whole, 100) == whole
    assert beginning(whole, longest) == "Voir"


@pytest.mark.parametrize("longest", range(8, 24))
def test_code_is_closed_wherever_it_is_cut(longest: int):
    whole = "Vu :\n```\nx = **y** and z\n```\nfin"
    assert beginning(whole, longest).count("```") == 2
    assert beginning(whole, 6) == "Vu :"
