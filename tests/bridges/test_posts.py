"""What a post of something that has no card says first."""

import pytest

from appservice.languages import phrases
from bridges.cards import post_content
from bridges.discovery import apps
from bridges.readings import Activity


@pytest.mark.parametrize(
    ("title", "verb", "first"),
    [
        ("B", "{actor} wrote on the Blog", "B"),
        ("Moulin 3 (sud)", "{actor} published Moulin 3 (sud)", "ana published Moulin 3 (sud)"),
        ("", "{actor} pushed", "ana pushed"),
    ],
)
def test_its_title_stands_before_a_sentence_that_does_not_say_it(title, verb, first):
    activity = Activity(key="", verb=verb, actor="ana")
    content = post_content(activity, title, phrases("en"), app=apps()["rss"])

    assert content["body"].partition("\n")[0] == first
    assert content["formatted_body"].count("Moulin") == first.count("Moulin")


@pytest.mark.parametrize(
    ("app", "url", "place"),
    [
        ("rss", "https://journal.example:8443/a?b=c", "journal.example"),
        ("rss", "https://evil.example@journal.example/", "journal.example"),
        ("rss", "javascript:alert(1)", None),
        ("rss", "https://[::1", None),
        ("github", "https://github.com/acme/app", None),
    ],
)
def test_what_is_no_place_says_to_which_host_it_leads(app, url, place):
    activity = Activity(key="", verb="{actor} wrote", actor="ana", url=url)
    content = post_content(activity, "A", phrases("en"), app=apps()[app])

    assert content["org.parvis.card"].get("place") == place
