"""The marks of other programs' texts are shown as what they mean, and nothing else of them."""

import pytest

from appservice.light_markdown import as_marked
from tests.harness.tags import tags_of


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Load** of `web-1`", "<strong>Load</strong> of <code>web-1</code>"),
        (
            "**[[FIRING:2] Down](https://am.example.org/#/alerts)**",
            '<strong><a href="https://am.example.org/#/alerts">[FIRING:2] Down</a></strong>',
        ),
        ("## What is new\n- one", "<strong>What is new</strong><br>- one"),
        ("```sh\nls <x>\n```", "<code>ls &lt;x&gt;</code>"),
        ("2**3**4 and ** no **", "2**3**4 and ** no **"),
        (
            "[who](https://matrix.to/#/@ana:example.org)",
            "[who](https://matrix.to/#/@ana:example.org)",
        ),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    ],
)
def test_marks_are_read_and_what_only_looks_like_one_stays(text: str, html: str):
    assert as_marked(text) == html


@pytest.mark.parametrize("sign", ["[", "**a", "`", "```", "[[a]", "**[a](https://x ", "# a\n"])
def test_a_text_made_of_beginnings_opens_nothing(sign: str):
    assert tags_of(as_marked(sign * 3000)).found <= {("br", ""), ("code", ""), ("strong", "")}
