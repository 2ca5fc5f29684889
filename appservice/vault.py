"""Secrets at rest: encrypted with keys from outside the database; the first key writes."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from appservice.errors import ConfigError


class Vault:
    """Encrypts and decrypts short texts. Several keys let one be replaced without haste."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ConfigError("data_folder", "holds a secrets key that is damaged") from error

    @staticmethod
    def new_key() -> str:
        """Return a key, 32 random bytes in URL-safe base64."""
        return Fernet.generate_key().decode()

    def lock(self, text: str) -> bytes:
        """Return *text* encrypted."""
        return self._fernet.encrypt(text.encode())

    def open(self, locked: bytes) -> str:
        """Return the text again; raise ConfigError if no key fits."""
        try:
            return self._fernet.decrypt(locked).decode()
        except InvalidToken as error:
            raise ConfigError("data_folder", "the secrets key does not fit the database") from error
