"""One-time codes: a hundred bits, written so that they can be read from paper and typed.

    ticket's id --key--> code --key--> mark, which alone is stored

The code is made of the id each time it must be shown, so a page that is asked for twice, or a letter
that is written again after a crash, shows the same one, and the database holds none.
"""

import hmac

_SIGNS = (
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing looks like anything else.
)
_LENGTH, _GROUP, _BITS = 20, 5, 5
_LOOKALIKES = str.maketrans("OIL", "011")
_LONGEST = 100


class Codes:
    """Makes codes with one key of the installation."""

    def __init__(self, *, key: bytes) -> None:
        self._key = key

    def of(self, ticket: str) -> str:
        """Return the code of a ticket, like "7K3QM-9V2XH-0T4BD-CW8RP"."""
        number = int.from_bytes(self._digest("code", ticket))
        signs = "".join(_SIGNS[number >> (_BITS * place) & 31] for place in range(_LENGTH))
        return "-".join(signs[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))

    def mark(self, code: str) -> str:
        """Return what is stored of a *code*, however it was typed; no two codes share one."""
        plain = "".join(sign for sign in code[:_LONGEST].upper() if sign.isalnum())
        return self._digest("mark", plain.translate(_LOOKALIKES)).hex()

    def _digest(self, use: str, text: str) -> bytes:
        return hmac.new(self._key, f"{use}:{text}".encode(), "sha256").digest()
