"""What somebody wrote in a letter, without the letters that it answers and without a signature."""

import re

_ATTRIBUTION = re.compile(
    r"^\s*(On\b.{3,300}\bwrote\s?:|Le\b.{3,300}\ba écrit\s?:|Am\b.{3,300}\bschrieb\b.{0,100}:"
    r"|El\b.{3,300}\bescribió\s?:|Il\b.{3,300}\bha scritto\s?:)\s*$",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"^\s*(On|Le|Am|El|Il)\s", re.IGNORECASE)
_DIVIDER = re.compile(
    r"^\s*(-{2,}\s*(Original Message|Message d['’]origine|Message original|Mail original|Forwarded message"
    r"|Message transféré|Ursprüngliche Nachricht)\s*-{2,}|_{10,})\s*$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\s*\*?(From|De|Von)\s?:\*?\s.*\S", re.IGNORECASE)
_SENT = re.compile(r"^\s*\*?(Sent|Date|Envoyé|Gesendet)\b[^:]{0,20}:", re.IGNORECASE)
_PHONE = re.compile(
    r"^\s*(Sent from (my|Mail|Outlook|Yahoo)|Sent with \[?Proton|Get (Outlook|BlueMail) for|Envoyé de mon"
    r"|Envoyé depuis|Envoyé avec (la messagerie|\[?Proton)|Envoyé à partir de (Outlook|Courrier|Yahoo)"
    r"|(Téléchargez|Télécharger|Obtenez|Obtenir) (Outlook|BlueMail)|Provenance\s?: Courrier)\b.{0,80}$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<[^<>\s@]{1,80}@[^<>\s@]{1,200}>")
_TWICE = re.compile(
    r"(?<![\w.+@/-])(?P<said>[\w.+@/-]{4,300})<(?:mailto:|https?://)?(?P=said)/?>", re.IGNORECASE
)
"""Outlook writes an address behind itself."""
_PICTURE = re.compile(r"\[cid:[^\[\]\s]{1,300}\]", re.IGNORECASE)
_HEADERS_NEAR = 3
_SIGNED = re.compile(
    r"\A\s*-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]+: [^\n]*\n)*\n"
    r"(.*?)\n-----BEGIN PGP SIGNATURE-----",
    re.DOTALL,
)
_DASHED = re.compile(r"^- (?=-)", re.MULTILINE)


def own_words(text: str, *, answers: bool) -> str:
    """Return what the letter adds; where it *answers* nothing, quotations are what it is about.

    If nothing would be left, everything is.
    """
    whole = _tidy(_PICTURE.sub("", _TWICE.sub(r"\g<said>", _unsigned(text))).split("\n"))
    # Some programs sign below what they quote.
    lines = _without_history(_without_signature(whole)) if answers else whole
    lines = _tidy(_without_signature(lines))
    return "\n".join(lines or whole)


def _unsigned(text: str) -> str:
    """Return what stands between the lines of a signature for programs (RFC 9580, section 7)."""
    signed = _SIGNED.match(text)
    return _DASHED.sub("", signed[1]) if signed else text


def _without_history(lines: list[str]) -> list[str]:
    lines = lines[: _divider(lines)]
    # Answers may stand above, below, or between what is quoted: only what borders is left out.
    return _without_last_quote(_without_first_quote(lines))


def _divider(lines: list[str]) -> int:
    """Return the number of the line where a program put the former letter below, unquoted."""
    for number, line in enumerate(lines):
        near = lines[number + 1 : number + 1 + _HEADERS_NEAR]
        if _DIVIDER.match(line) and number:
            return number
        if number and _is_above_unquoted(line, near):
            return number
        if number and _FROM.match(line) and any(_SENT.match(one) for one in near):
            return number
    return len(lines)


def _is_above_unquoted(line: str, following: list[str]) -> bool:
    """Tell whether a line says whose words follow, and they follow without any sign (Yahoo)."""
    told = next((one for one in following if one.strip()), ">")
    return bool(_ADDRESS.search(line) and _ATTRIBUTION.match(line)) and not _is_quoted(told)


def _without_last_quote(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (_is_quoted(lines[end - 1]) or not lines[end - 1].strip()):
        end -= 1
    if all(not line.strip() for line in lines[end:]):
        return lines
    return lines[: end - _attribution(lines[:end])]


def _without_first_quote(lines: list[str]) -> list[str]:
    """Leave out a quotation above the answer, with the line that says whose it is; where others stand
    between answers, it is what the first of them is about, and stays.
    """
    start = next((n for n, line in enumerate(lines) if _is_quoted(line)), len(lines))
    before = [line for line in lines[:start] if line.strip()]
    if len(before) > _attribution(before):
        return lines
    end = start
    while end < len(lines) and (_is_quoted(lines[end]) or not lines[end].strip()):
        end += 1
    if any(_is_quoted(line) for line in lines[end:]):
        return lines[start:]
    return lines[end:] if end < len(lines) else lines


def _attribution(lines: list[str]) -> int:
    """Return how many of the last lines say whose words follow; programs break such a line."""
    for taken in (1, 2, 3):
        last = lines[-taken:]
        if len(last) == taken and _BEGINS.match(last[0]) and _ATTRIBUTION.match(" ".join(last)):
            return taken
    return 0


def _without_signature(lines: list[str]) -> list[str]:
    """Return the lines above the sign ``-- `` (RFC 3676, 4.3), and without a telephone's boast."""
    for number, line in enumerate(lines):
        if line in {"-- ", "--"} and number:
            return lines[:number]
    lines = _tidy(lines)
    return lines[:-1] if len(lines) > 1 and _PHONE.match(lines[-1]) else lines


def _is_quoted(line: str) -> bool:
    return line.startswith(">")


def _tidy(lines: list[str]) -> list[str]:
    """Return the lines without empty ones at the ends, and never two together."""
    kept: list[str] = []
    for line in lines:
        bare = line if line == "-- " else line.rstrip()
        if bare or (kept and kept[-1]):
            kept.append(bare)
    while kept and not kept[-1]:
        kept.pop()
    return kept
