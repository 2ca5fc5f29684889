"""Writes the two files that an installation begins with."""

import os
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from appservice.errors import ConfigError
from appservice.ids import UserId, localpart
from appservice.languages import N_, Language, phrases
from appservice.registration import new_token
from parvis.config import Config, parse

_FILES = ("config.yaml", "registration.yaml")

_NEXT = N_(
    "Written: {config} and {registration}\n"
    "\n"
    "1. Make the account {co_creator}, if it does not exist, and put its password in a safe. With "
    "Synapse:\n"
    "\n"
    "       register_new_matrix_user -c homeserver.yaml -u {keeper} --no-admin\n"
    "\n"
    "2. Copy {registration} to the homeserver, where its user may read it; add to homeserver.yaml\n"
    "\n"
    "       app_service_config_files:\n"
    "         - /path/to/registration.yaml\n"
    "\n"
    "   and restart it: it reads such files at its start only.\n"
    "3. Let a reverse proxy with TLS hand {web} to {pages}, and {hooks}/hooks/ to {calls}.\n"
    "4. {program} check -c {config}\n"
    "5. {program} run -c {config}\n"
    "6. Open {web} and sign in as {admin}. The bot invites you to the organization; write `help` "
    "to it.\n"
    "\n"
    "More, with examples to copy: docs/install.md"
)


@dataclass(frozen=True)
class Answers:
    """What `init` asks."""

    server_name: str
    homeserver_url: str
    organization: str
    language: str
    admin: str
    co_creator: str
    public_url: str


def write_files(
    folder: Path, answers: Answers, *, overwrite: bool = False, program: str = "parvis"
) -> str:
    """Write config.yaml and registration.yaml into *folder*; return what is to be done next.

    Nothing is written if an answer is wrong or a file stands already. *program* is how the command
    was typed.
    """
    text = _filled(answers)
    config = parse(text, folder=folder)
    if not overwrite:
        refuse_to_overwrite(folder)
    config_path, registration_path = (folder / name for name in _FILES)
    _write(config_path, text)
    _write(registration_path, config.registration.yaml())
    return _next_steps(config, config_path, registration_path, program)


def refuse_to_overwrite(folder: Path) -> None:
    """Raise ConfigError if *folder* holds one of the files already: its tokens are in use."""
    for path in (folder / name for name in _FILES):
        if path.exists():
            raise ConfigError(str(path), "stands already; --force overwrites it, with new tokens")


def example() -> str:
    """Return config.example.yaml: from the package, or from the checkout."""
    packaged = files("parvis") / "config.example.yaml"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parent.parent / "config.example.yaml").read_text(encoding="utf-8")


def _filled(answers: Answers) -> str:
    """Return the example with the answers and fresh tokens in it, its comments kept."""
    document = YAML()
    document.width = 100
    settings = document.load(example())
    settings["homeserver"]["url"] = answers.homeserver_url.rstrip("/")
    settings["homeserver"]["server_name"] = answers.server_name
    settings["homeserver"]["co_creator"] = answers.co_creator
    settings["appservice"]["as_token"] = new_token()
    settings["appservice"]["hs_token"] = new_token()
    settings["organization"]["name"] = answers.organization
    settings["organization"]["language"] = answers.language
    settings["web"]["public_url"] = answers.public_url.rstrip("/")
    settings["admins"][0] = answers.admin
    text = StringIO()
    document.dump(settings, text)
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner may read: it holds tokens."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(str(path), error.strerror or "cannot be written") from error


def _next_steps(config: Config, config_path: Path, registration_path: Path, program: str) -> str:
    words = phrases(Language(config.organization.language))
    return words(
        _NEXT,
        config=config_path,
        registration=registration_path,
        program=program,
        co_creator=config.homeserver.co_creator,
        keeper=localpart(UserId(config.homeserver.co_creator)),
        web=config.web.public_url,
        pages=config.web.listen,
        hooks=config.hooks_url,
        calls=config.hooks.listen,
        admin=", ".join(config.admins),
    )
