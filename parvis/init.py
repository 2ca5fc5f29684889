"""Writes the two files that an installation begins with."""

import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ruamel.yaml import YAML

from appservice.errors import ConfigError
from appservice.registration import new_token
from parvis.config import parse


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


def write_files(folder: Path, answers: Answers, *, overwrite: bool = False) -> str:
    """Write config.yaml and registration.yaml into *folder*; return what is to be done next."""
    document = YAML()
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
    config_path, registration_path = folder / "config.yaml", folder / "registration.yaml"
    for path in (config_path, registration_path):
        if path.exists() and not overwrite:
            raise ConfigError(str(path), "stands already; --force overwrites it")
    with os.fdopen(_create(config_path), "w") as file:
        document.dump(settings, file)
    config = parse(config_path.read_text())
    with os.fdopen(_create(registration_path), "w") as file:
        file.write(config.registration.yaml())
    return (
        f"Written: {config_path} and {registration_path}\n\n"
        "Next, on the homeserver: copy registration.yaml there, add to homeserver.yaml\n\n"
        "    app_service_config_files:\n"
        "      - /path/to/registration.yaml\n\n"
        "and restart it. Then start Parvis with\n\n"
        f"    parvis run -c {config_path}"
    )


def example() -> str:
    """Return config.example.yaml: from the package, or from the checkout."""
    packaged = files("parvis") / "config.example.yaml"
    if packaged.is_file():
        return packaged.read_text()
    return (Path(__file__).parent.parent / "config.example.yaml").read_text()


def _create(path: Path) -> int:
    """Open a file for writing that only its owner may read: it holds tokens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor
