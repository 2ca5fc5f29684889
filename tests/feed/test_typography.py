"""French signs keep to their words, in what people wrote and nowhere else."""

import pytest

from appservice.formatting import sanitize
from appservice.languages import Language
from appservice.payload import Payload
from feed.derive import told_of
from feed.typography import french_html, french_text
from tests.harness.house import House
from tests.harness.reader import Reader

N, H = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Vraiment ?", f"Vraiment{N}?"),
        ("Non ! Si ; peut-être", f"Non{N}! Si{N}; peut-être"),
        ("Menu : soupe", f"Menu{H}: soupe"),
        ("Il dit « oui » et part", f"Il dit «{H}oui{H}» et part"),
        ("Quoi ?!", f"Quoi{N}?!"),
        ("Vraiment? Non!", "Vraiment? Non!"),
        (f"Déjà{N}? Bien{H}: oui", f"Déjà{N}? Bien{H}: oui"),
        ("a != b", "a != b"),
        ("12, rue « Haute »", f"12, rue «{H}Haute{H}»"),
        ("", ""),
    ],
)
def test_a_space_at_a_sign_does_not_break(written: str, shown: str):
    assert french_text(written) == shown
    assert french_html(f"<p>{written}</p>") == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<p><strong>Attention</strong> !</p>", f"<p><strong>Attention</strong>{N}!</p>"),
        ("<p><code>a ? b : c</code> ?</p>", f"<p><code>a ? b : c</code>{N}?</p>"),
        ("<pre><code>x ;</code></pre><p>y ;</p>", f"<pre><code>x ;</code></pre><p>y{N};</p>"),
        (
            '<p><a href="https://e.org/?q=1">Où ?</a> Là !</p>',
            f'<p><a href="https://e.org/?q=1" rel="noopener noreferrer nofollow">Où ?</a> Là{N}!</p>',
        ),
        ("<p>R &amp; D ; &lt;b&gt; !</p>", f"<p>R &amp; D{N}; &lt;b&gt;{N}!</p>"),
        (
            '<p><img alt="2 > 1 !" src="mxc://e.org/a"> !</p>',
            f'<p><img alt="2 &gt; 1 !" src="/media/e.org/a">{N}!</p>',
        ),
    ],
)
def test_tags_code_and_links_stay_as_they_were(written: str, shown: str):
    assert french_html(sanitize(written)) == shown


@pytest.mark.parametrize(
    ("said", "house", "by_bot", "held"),
    [
        ("fr", Language.EN, False, True),
        ("fr-CA", Language.EN, False, True),
        ("", Language.FR, False, True),
        ("", Language.EN, False, False),
        ("en", Language.FR, False, False),
        ("fr", Language.FR, True, False),
    ],
)
def test_only_peoples_french_is_held(said: str, house: Language, *, by_bot: bool, held: bool):
    content = {
        "msgtype": "m.text",
        "body": "Qui vient ?\n\nMoi !",
        "org.parvis.post": {"lang": said},
    }

    told = told_of(Payload(content), "", by_bot=by_bot, language=house)

    assert told.heading == (f"Qui vient{N}?" if held else "Qui vient ?")
    assert (f"Moi{N}!" in told.html) is held
    assert (told.title, told.text) == ("Qui vient ?", "Moi !")
    assert told.source == "Qui vient ?\n\nMoi !"


async def test_the_form_and_the_event_keep_what_was_typed(house: House):
    ana = await house.person("ana")
    group = await house.group("Signes", [ana])
    root = await ana.post(group.posts_id, "Qui a la clé ?\n\nElle ouvre le B12 : urgent !")
    await house.shows(root)
    reader = await Reader.signed_in(house.url, ana)
    page = await reader.get(f"/posts/{root}")
    form = await reader.get(f"/posts/{root}/edit")
    found = await reader.get("/search?q=clé urgent")
    await reader.close()

    assert f"Qui a la clé{N}?</h2>" in page.text
    assert f"le B12{H}: urgent{N}!" in page.text
    assert "Qui a la clé ?" in form.text
    assert "Elle ouvre le B12 : urgent !" in form.text
    assert root in found.text
