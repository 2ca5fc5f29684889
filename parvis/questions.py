"""What `parvis init` asks, one question after the other, each answer looked at before the next."""

from collections.abc import Callable
from typing import Any

import click
import msgspec

from appservice.errors import MalformedId
from appservice.ids import parse_user_id, server_of
from appservice.languages import DEFAULT_LANGUAGE, Language, phrases
from parvis.setting_types import EXPECTED, ServerName, WebUrl

Check = Callable[[click.Context, click.Parameter, str], str]


class Question(click.Option):
    """An option that is asked for, in the language that was chosen before, if it is not given."""

    def prompt_for_value(self, ctx: click.Context) -> Any:
        """See click.Option; a wrong answer is told, and asked for again."""
        language = Language(ctx.params.get("language", DEFAULT_LANGUAGE))
        self.prompt = phrases(language)(self.prompt or "")
        return super().prompt_for_value(ctx)


def server_name(_ctx: click.Context, _parameter: click.Parameter, given: str) -> str:
    """Return a server name, or refuse it."""
    return _of_shape(given.strip().removeprefix("@"), ServerName)


def web_url(_ctx: click.Context, _parameter: click.Parameter, given: str) -> str:
    """Return an address without the slash at its end, or refuse it."""
    return _of_shape(given.strip().rstrip("/"), WebUrl)


def account(ctx: click.Context, _parameter: click.Parameter, given: str) -> str:
    """Return an account of the server that was named before; `ana` alone is made whole."""
    server = ctx.params.get("server_name")
    text = given.strip()
    if server and ":" not in text:
        text = f"@{text.removeprefix('@')}:{server}"
    try:
        user_id = parse_user_id(text)
    except MalformedId as error:
        raise click.BadParameter(f"{given!r} is not like @ana:{server or 'example.org'}") from error
    if server and server_of(user_id) != server:
        raise click.BadParameter(f"{given!r} is not an account of {server}")
    return user_id


def _of_shape(text: str, shape: Any) -> str:
    try:
        return str(msgspec.convert(text, shape))
    except msgspec.ValidationError as error:
        said = next(words for pattern, words in EXPECTED.items() if repr(pattern) in str(error))
        raise click.BadParameter(said) from error
