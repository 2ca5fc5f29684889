"""Texts as people compare them: without case, accents and doubled spaces."""

import unicodedata


def folded(text: str) -> str:
    """Return *text* as it is compared: "Saint-Étienne " is "saint-etienne", "Œuvre" is "oeuvre"."""
    flat = " ".join(text.split()).casefold().replace("œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", flat)
    return "".join(sign for sign in decomposed if unicodedata.category(sign) != "Mn")
