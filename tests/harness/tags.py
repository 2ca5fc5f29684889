"""The tags of a piece of HTML, read as a browser would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Tags(HTMLParser):
    """*found* are tags with the names of their attributes, *links* is what attributes lead to."""

    found: set[tuple[str, str]] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {(tag, name) for name, _ in attrs} or {(tag, "")}
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action"}]

    def handle_comment(self, data: str) -> None:
        self.found.add(("comment", data))

    handle_decl = handle_pi = unknown_decl = handle_comment


def tags_of(html: str) -> Tags:
    """Return the tags of *html*."""
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags
