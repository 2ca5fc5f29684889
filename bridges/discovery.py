"""Finds the apps: every folder of bridges/ that holds an ``app.py`` binding ``APP``.

A folder without one is a part of the core.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import structlog

import bridges
from bridges.base import App

log = structlog.get_logger(__name__)


@cache
def apps() -> Mapping[str, App]:
    """Return all apps by slug. A broken folder is reported and left out: it stops nothing."""
    found: dict[str, App] = {}
    for entry in pkgutil.iter_modules(bridges.__path__):
        if not entry.ispkg or not _holds_app(entry.name):
            continue
        try:
            app = importlib.import_module(f"bridges.{entry.name}.app").APP
        except Exception:
            log.exception("bridge cannot be loaded", folder=entry.name)
            continue
        found[app.slug] = app
    return found


def _holds_app(folder: str) -> bool:
    """Tell an app's folder from one of the core."""
    return any((Path(place) / folder / "app.py").exists() for place in bridges.__path__)
