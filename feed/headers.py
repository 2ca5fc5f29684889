"""What answers say to browsers, besides their contents."""

from collections.abc import Mapping

_YEAR = 365 * 24 * 3600
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "private, no-store",
}


def page_headers(identity: str) -> Mapping[str, str]:
    """Return what pages carry; *identity* is the address to which the sign-in may lead."""
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; "
        f"connect-src 'self'; form-action 'self' {identity}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return {"Content-Security-Policy": policy, **_ALWAYS}


def bare_headers(public_url: str) -> Mapping[str, str]:
    """Return what every answer carries that says nothing else: also those that no page of ours
    makes, as for a method that an address does not take.

    Browsers then keep to TLS, where the site has it; other names of its domain are not ours to bind.
    """
    policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    headers = {"Content-Security-Policy": policy, **_ALWAYS}
    if public_url.startswith("https:"):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    return headers
