"""What the terminal tells of who sits before it."""

import os
from collections.abc import Mapping

from appservice.languages import Language

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def terminal_language(environment: Mapping[str, str] = os.environ) -> Language:
    """Return French where the terminal is French, else English (POSIX: the first that is set)."""
    spoken = next((text for name in _VARIABLES if (text := environment.get(name))), "")
    return Language.FR if spoken.lower().startswith("fr") else Language.EN
