"""The ways of proving a call as people call and choose them."""

from collections.abc import Mapping

from appservice.commands.grammar import Parameter
from appservice.errors import CommandError
from appservice.languages import N_, Phrases
from bridges.auth import Scheme
from bridges.base import App

SCHEMES: Mapping[str, str] = {
    "token": N_("a secret word in a header"),
    "bearer": N_("a secret word as Authorization: Bearer"),
    "basic": N_("user and password"),
    "hmac": N_("a signature over what is sent"),
    "hmac-time": N_("a signature over the time and what is sent"),
    "standard": N_("a signature as Standard Webhooks or GitLab’s signing token"),
    "jwt": N_("a signed token (JWT)"),
    "url": N_("the address alone"),
    "letter": N_("the e-mail address alone"),
    "uncalled": N_("nobody calls: it is asked"),
    "access": N_("nobody calls: it is asked with an access token"),
}
"""What each does, by its slug; a msgid."""

SCHEME = Parameter(
    "scheme",
    N_("how its calls are proved (empty: as usual with it)"),
    choices=tuple(SCHEMES),
    named=lambda choice, words: words(SCHEMES[choice]),
)


def scheme_of(app: App, slug: str) -> Scheme:
    """Return the scheme that *app* declares under *slug*."""
    return next(scheme for scheme in app.schemes if scheme.slug == slug)


def chosen(app: App, slug: str, words: Phrases) -> Scheme:
    """Return the scheme of *app* that is meant, the usual one if none is; or raise CommandError."""
    if not slug:
        return app.schemes[0]
    for scheme in app.schemes:
        if scheme.slug == slug:
            return scheme
    raise CommandError(
        N_("{app} cannot prove its calls so. Write for example: {known}"),
        app=app.name,
        known=", ".join(f"{one.slug} ({words(SCHEMES[one.slug])})" for one in app.schemes),
    )


def others(app: App, slug: str) -> tuple[str, ...]:
    """Return the slugs that could be chosen in place of *slug*."""
    return tuple(one.slug for one in app.schemes if one.slug != slug)
