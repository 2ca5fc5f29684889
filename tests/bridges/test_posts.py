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
