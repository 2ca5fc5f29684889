"""A process that makes safe HTML of Markdown, one line of JSON in, one line out.

Python-Markdown takes seconds on some texts of a few kilobytes, and holds the interpreter while it
does (engineering: 5 kB of brackets, 5 s). In a process of its own it can be killed.
"""

import json
import sys

from markdown import Markdown

from appservice.formatting import sanitize


def converter() -> Markdown:
    """Return Markdown with tables and fenced code; HTML in the text is shown, not used."""
    made = Markdown(
        extensions=["fenced_code", "tables", "sane_lists", "nl2br"], output_format="html"
    )
    made.preprocessors.deregister("html_block")
    made.inlinePatterns.deregister("html")
    return made


def main() -> None:
    """Answer until the other side closes."""
    made = converter()
    made.convert("*warm*")
    sys.stdout.write('"ready"\n')
    sys.stdout.flush()
    for line in sys.stdin:
        made.reset()
        sys.stdout.write(json.dumps(sanitize(made.convert(json.loads(line)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
