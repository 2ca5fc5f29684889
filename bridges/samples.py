"""The fixtures of the app folders, as calls to try a connection with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from bridges.base import App
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
    return Sample(name, kept_headers(app, raw["headers"]), body.encode())


def _folder(app: App) -> Traversable:
    return files("bridges") / app.slug / "fixtures"
