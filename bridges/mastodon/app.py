"""Mastodon: who mentions the organization's account, and what is published with a hashtag.

Servers that speak the same API (GoToSocial, Pleroma, Akkoma, and others) are read alike.
Source: https://docs.joinmastodon.org/entities/Status/
"""

from appservice.languages import N_
from bridges.auth import AccessToken, Uncalled
from bridges.base import App, Event, Pull, SetUpStep
from bridges.mastodon.reading import FILES, FROM, POLL, WARNING, read
from bridges.mastodon.sources import needs_token
from bridges.mastodon.statuses import HASHTAG, MENTION
from bridges.mastodon.timelines import ask, harvest

APP = App(
    slug="mastodon",
    name="Mastodon",
    schemes=(Uncalled(), AccessToken()),
    app_secrets=(AccessToken.slug,),
    events=(
        Event(MENTION, N_("Somebody mentioned the account")),
        Event(HASHTAG, N_("A public post has one of the hashtags")),
    ),
    read=read,
    # Each state of a status has an id of its own, which comes with it from its timeline.
    delivery_id=lambda _delivery: "",
    fields=(FROM, WARNING, POLL, FILES),
    pull=Pull(
        ask,
        harvest,
        example="https://social.example, mentions, #velo",
        every=5 * 60.0,
        scheme=lambda source: AccessToken.slug if needs_token(source) else "",
    ),
    when_refused=N_(
        "On its server, open Preferences, Development: the application must be there still, with the "
        "scope read (read:notifications and read:statuses are enough). Then hand in its access token anew: "
        "`connection rotate`."
    ),
    steps=(
        SetUpStep(
            N_(
                "Sign in to the server with the organization’s account; open Preferences, Development."
            ),
            (AccessToken.slug,),
        ),
        SetUpStep(
            N_(
                "Make a new application with the scopes read:notifications and read:statuses, and no other."
            ),
            (AccessToken.slug,),
        ),
        SetUpStep(
            N_("Copy its access token into this page; it is sent to that server alone."),
            (AccessToken.slug,),
        ),
        SetUpStep(
            N_(
                "Give the server and its hashtags to Parvis as source; they are read every five minutes."
            ),
            (Uncalled.slug,),
        ),
    ),
)
