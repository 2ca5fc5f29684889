"""Finds the apps: every folder of bridges/ that holds an ``app.py`` binding ``APP``."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import structlog

import bridges
from bridges.base import App

log = structlog.get_logger(__name__)


@cache
def apps() -> Mapping[str, App]:
    """Return all apps by slug. A broken folder is reported and left out: it stops nothing."""
    found: dict[str, App] = {}
    for entry in pkgutil.iter_modules(bridges.__path__):
        if not entry.ispkg:
            continue
        try:
            app = importlib.import_module(f"bridges.{entry.name}.app").APP
        except Exception:
            log.exception("bridge cannot be loaded", folder=entry.name)
            continue
        found[app.slug] = app
    return found
