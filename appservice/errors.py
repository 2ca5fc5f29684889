"""The whole error family. Each edge translates it once: HTTP status, reply in a room, exit code.

ParvisError                      what() is safe to show; the cause is for the log
|- ConfigError(key)              exit 2
|- FileFaults                     exit 2: a file that an admin wrote, with every fault and its line
|- DatabaseAway                  exit 1: wrong address, or its server does not answer
|- CannotListen(address)         exit 1: somebody else has the address
|- NotGreeted                     exit 1: a command found no homeserver that answers as it should
|- MalformedId, MalformedEvent   parked, never shown
|- HomeserverError(status, errcode)
|  |- Unreachable                wait and repeat: no answer, 5xx, or an answer cut short
|  |- RateLimited(retry_after)   wait that long, then repeat
|  |- Forbidden, NotFound        give up, tell the owner
|  |- TextTooLong                say so, keep the text
|  `- TokenUnknown(soft_logout)  the session is dead: keep the text, ask to sign in again
|- DeliveryError(status)         answer to an app's webhook call
|  |- BadSignature               401, no detail
|  |- PayloadTooLarge            413
|  |- UnknownConnection          404, the same for every cause
|  `- PayloadRejected            parked, one line to the connection's owner
|- CommandError                  a reply in the room
|  |- UsageError                 names the right words
|  `- NotPermitted               says who may
`- UnknownGroup                  404 page, or a reply; a secret group is unknown to those outside
"""


class ParvisError(Exception):
    """Root of the family; its text is safe to show to anybody who may see the place it names."""


class ConfigError(ParvisError):
    """A setting is wrong; *key* is its dotted path in the file."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key
        self.why = why


class FileFaults(ParvisError):
    """A file that an admin wrote has faults; the text names each with its line."""


class DatabaseAway(ParvisError):
    """The database does not answer, or refuses us; the text is the driver's first line."""

    def __init__(self, why: str) -> None:
        super().__init__(f"database: {why}; look at database.url")
        self.why = why


class NotGreeted(ParvisError):
    """Parvis and its homeserver do not reach each other, so that nothing can be done there now."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the homeserver: {why}; nothing was changed; parvis check tells what to do"
        )


class CannotListen(ParvisError):
    """The system does not give us *address* (``host:port``) to listen on; *why* is its word."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"cannot listen on {address}: {why}; parvis check names the setting")
        self.address = address
        self.why = why


class MalformedId(ParvisError):
    """A text is not the Matrix identifier it should be."""


class MalformedEvent(ParvisError):
    """An event lacks what the specification requires of every event."""


class HomeserverError(ParvisError):
    """The homeserver refused a call: HTTP *status*, Matrix *errcode*."""

    def __init__(self, status: int, errcode: str, text: str = "") -> None:
        super().__init__(f"{status} {errcode} {text}".strip())
        self.status = status
        self.errcode = errcode


class Unreachable(HomeserverError):
    """No usable answer came; whether the call took effect is unknown."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(status, "M_UNREACHABLE", text)
        if not status:
            self.args = (f"no answer ({text})",)


class RateLimited(HomeserverError):
    """The homeserver asks to wait *retry_after* seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(429, "M_LIMIT_EXCEEDED", f"wait {retry_after:g} s")
        self.retry_after = retry_after


class Forbidden(HomeserverError):
    """The account has no right to do this."""


class NotFound(HomeserverError):
    """What was named does not exist, or is hidden from the account."""


class TokenUnknown(HomeserverError):
    """The access token is no longer valid."""

    def __init__(self, text: str, *, soft_logout: bool = False) -> None:
        super().__init__(401, "M_UNKNOWN_TOKEN", text)
        self.soft_logout = soft_logout


class TextTooLong(HomeserverError):
    """No event holds so long a text: the homeserver is spared to say so."""

    def __init__(self) -> None:
        super().__init__(413, "M_TOO_LARGE", "no event holds so long a text")


class DeliveryError(ParvisError):
    """A webhook call is answered with *status* and *answer*, without detail."""

    status = 400
    answer = ""


class BadSignature(DeliveryError):
    """The signature is missing or wrong."""

    status = 401


class PayloadTooLarge(DeliveryError):
    """The body exceeds the connection's cap."""

    status = 413


class UnknownConnection(DeliveryError):
    """No such connection, or it is switched off: the same answer for both."""

    status = 404


class PayloadRejected(DeliveryError):
    """The body is not what the app sends; the text tells the owner what to mend."""


class CommandError(ParvisError):
    """A command could not be carried out; the text is a msgid, *values* fill it."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class UsageError(CommandError):
    """The words of a command were not understood."""


class NotPermitted(CommandError):
    """The asker has no right to run this."""


class UnknownGroup(CommandError):
    """No group of that name is visible to the asker."""
