"""The fixtures of the app folders, as calls to try a connection with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from bridges.base import App, SourceAnswer
from bridges.ingress import kept_headers

_END = ".json"


@dataclass(frozen=True)
class Sample:
    """One call as its app would send it; what is not kept of a call's headers is not here."""

    name: str
    headers: Mapping[str, str]
    body: bytes


def sample_names(app: App) -> Sequence[str]:
    """Return the names of an app's samples, in order; none where they were not installed."""
    folder = _folder(app)
    if not folder.is_dir():
        return ()
    names = (entry.name for entry in folder.iterdir())
    return sorted(name.removesuffix(_END) for name in names if name.endswith(_END))


def sample(app: App, name: str) -> Sample:
    """Return a sample by a name that `sample_names` gave."""
    raw = json.loads((_folder(app) / f"{name}{_END}").read_text("utf-8"))
    body = raw["body"] if isinstance(raw["body"], str) else json.dumps(raw["body"])
    if app.pull:
        found = app.pull.harvest(answer_of(raw["headers"], body), "").found
        return Sample(name, {}, json.dumps(found[-1].body if found else {}).encode())
    return Sample(name, kept_headers(app, raw["headers"]), body.encode())


def answer_of(headers: Mapping[str, str], body: str) -> SourceAnswer:
    """Return a fixture as the answer of a source; ``content-location`` says whose it is."""
    encoding = "iso-8859-1" if "8859-1" in headers.get("content-type", "") else "utf-8"
    return SourceAnswer(headers, body.encode(encoding), headers.get("content-location", ""))


def _folder(app: App) -> Traversable:
    return files("bridges") / app.slug / "fixtures"
