"""Bytes that say in which charset they are, or do not, or say it wrongly."""

_WINDOWS = "cp1252"
_LATIN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "l1", "iso_8859-1"})


def decoded(content: bytes, charset: str) -> str:
    """Decode by the charset that is named, else UTF-8, else what Windows takes for Latin-1."""
    for name in (_WINDOWS if charset.strip().lower() in _LATIN else charset, "utf-8"):
        try:
            return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode(_WINDOWS, "replace")


def is_utf8(content: bytes) -> bool:
    """Tell whether *content* can be read as UTF-8."""
    try:
        content.decode()
    except UnicodeError:
        return False
    return True
