"""What free words for a state amount to, in English and French.

For apps whose people name states themselves: lists on a board, a webhook's own word.
"""

import re
import unicodedata

from bridges.readings import State, StateClass

WORDS: dict[StateClass, tuple[str, ...]] = {
    StateClass.OPEN: (
        "open, opened, new, created, todo, to do, backlog, inbox, ideas, planned, queued, reopened",
        "ouvert, nouveau, créé, à faire, idées, boîte à idées, prévu, planifié, à trier, rouvert",
    ),
    StateClass.PROGRESS: (
        (
            "in progress, progress, doing, started, running, active, assigned, review, in review, "
            "testing, draft, this week, acknowledged, investigating, wip, work in progress, code review, "
            "to review, ready for review, qa"
        ),
        (
            "en cours, commencé, démarré, actif, attribué, relecture, en relecture, en test, à valider, "
            "brouillon, cette semaine, acquitté, pris en charge, à relire, à vérifier"
        ),
    ),
    StateClass.BLOCKED: (
        "blocked, waiting, awaiting, pending, on hold, hold, paused, snoozed, stale",
        "bloqué, en attente, attente, en pause, suspendu, reporté",
    ),
    StateClass.DONE: (
        (
            "done, closed, resolved, solved, fixed, merged, completed, complete, finished, success, "
            "succeeded, passed, ok, up, online, recovered, won, approved, accepted, published, shipped, "
            "released, archived, cancelled, canceled, deployed, delivered, operational, healthy"
        ),
        (
            "fait, terminé, fermé, clos, clôturé, résolu, corrigé, fusionné, achevé, fini, réussi, "
            "rétabli, gagné, approuvé, accepté, publié, livré, archivé, annulé, abandonné, déployé, "
            "opérationnel"
        ),
    ),
    StateClass.FAILED: (
        (
            "failed, failure, error, critical, alert, alerting, firing, down, offline, broken, lost, "
            "rejected, refused, timed out, incident, triggered, degraded, outage, unhealthy"
        ),
        (
            "échec, en échec, échoué, erreur, critique, alerte, en alerte, en panne, panne, hors ligne, "
            "cassé, perdu, rejeté, refusé, déclenché, dégradé"
        ),
    ),
}


_ASIDE = re.compile(r"\([^()]{0,60}\)|\[[^\[\]]{0,60}\]|^\s*\d{1,3}\s*[.):–-]|\s\d{2,4}\s*$")
_BETWEEN = re.compile(r"[/|:;,•·]|\s[–—-]\s")
_LONGEST, _MOST_WORDS = 200, 12


def class_of(word: str) -> StateClass:
    """Return what *word* amounts to; an unknown word is open.

    Case, accents, punctuation around it, the French feminine and plural, a number before it, a year
    behind it and what stands in brackets make no difference: "2. Doing (max 3)". Of several parts
    those count that are known, if they agree ("Sprint 12 - Done"); what waits may say for what.
    """
    word = word[:_LONGEST]
    if known := _known(word):
        return known
    parts = {found for part in _BETWEEN.split(word) if (found := _known(part))}
    if len(parts) == 1:
        return parts.pop()
    words = word.split()[:_MOST_WORDS]
    beginnings = (" ".join(words[:end]) for end in range(1, len(words)))
    waits = any(_known(one) is StateClass.BLOCKED for one in beginnings)
    return StateClass.BLOCKED if waits else StateClass.OPEN


def _known(word: str) -> StateClass | None:
    for plain in dict.fromkeys((_plain(word), _plain(_ASIDE.sub("", word)))):
        for form in (plain, *(plain.removesuffix(end) for end in ("s", "es", "e"))):
            if form in _CLASSES:
                return _CLASSES[form]
    return None


def state_of(word: str, kind: str = "") -> State:
    """Return the state *word*, of the class that *kind* names, or else of its own."""
    known = kind in StateClass.__members__.values()
    return State(word, StateClass(kind) if known else class_of(word))


def _plain(word: str) -> str:
    """Return *word* in lower case without accents, signs and double spaces."""
    bare = unicodedata.normalize("NFKD", word.casefold())
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return " ".join("".join(s if s.isalnum() else " " for s in letters).split())


_CLASSES = {
    _plain(word): kind
    for kind, languages in WORDS.items()
    for words in languages
    for word in words.split(",")
}
