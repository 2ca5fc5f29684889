"""A thread of any length can be read to its first comment."""

import re

from tests.harness.house import House
from tests.harness.reader import Reader

_COMMENT = re.compile(r'<div class="comment" id="([^"]*)"')
_LONG = 120


def _link(text: str, name: str) -> str:
    """Return where the link *name* leads, without its anchor."""
    found = re.search(rf'href="([^"#]*)#comments"[^>]*>{name}<', text)
    return found[1] if found else ""


async def test_a_long_thread_is_read_page_by_page_and_each_comment_has_its_link(house: House):
    ana = await house.person("ana")
    group = await house.group("Palabres", [ana])
    root = await ana.post(group.posts_id, "Qui apporte quoi")
    sent = [await ana.comment(group.posts_id, root, f"Plat {number}") for number in range(_LONG)]
    for event_id in sent:
        await house.shows(event_id)
    reader = await Reader.signed_in(house.url, ana)

    page = await reader.get(f"/posts/{root}")
    assert "120 commentaires" in page.text
    pages = [_COMMENT.findall(page.text)]
    while older := _link(page.text, "Commentaires précédents"):
        page = await reader.get(older)
        pages.insert(0, _COMMENT.findall(page.text))
    assert [len(one) for one in pages] == [20, 50, 50]
    assert [event_id for one in pages for event_id in one] == sent

    page = await reader.get(_link(page.text, "Commentaires suivants"))
    assert _COMMENT.findall(page.text) == sent[20:70]

    for event_id, shown in ((sent[0], sent[:50]), (sent[30], sent[30:80]), (sent[-1], sent[70:])):
        direct = await reader.get(f"/posts/{event_id}")
        assert _COMMENT.findall(direct.text) == shown
        assert f"?comment={event_id}" in direct.url.replace("%24", "$")
    edited = await reader.send(
        f"/posts/{root}", f"/posts/{root}/edit", about=sent[0], text="Plat du jour"
    )
    assert edited.status == 200
    assert "Plat du jour" in (await reader.get(f"/posts/{sent[0]}")).text
    for strange in ("?before=x", "?since=9_", "?before=99999999999999999999_", "?comment=$x"):
        strange_page = await reader.get(f"/posts/{root}{strange}")
        assert strange_page.status == 200
        assert _COMMENT.findall(strange_page.text)
    await reader.close()
