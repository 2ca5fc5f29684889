"""The ready file: where everything of the demo is, for scripts."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from parvis.demo.build import Built
from parvis.demo.installation import SERVER_NAME, Installation
from parvis.demo.organization import Organization, SamplePerson
from parvis.demo.sources import Source


def facts_of(
    organization: Organization,
    installation: Installation,
    built: Sequence[Built],
    sources: Sequence[Source],
) -> dict[str, object]:
    """Return what the file tells (docs/architecture.md, section 5)."""

    def person(one: SamplePerson, server_name: str = SERVER_NAME) -> dict[str, str]:
        return {
            "user_id": f"@{one.localpart}:{server_name}",
            "password": installation.password(one.localpart),
            "name": one.name,
        }

    partner = organization.partner
    shared: dict[str, object] = {}
    if partner:
        shared["partner"] = {
            "homeserver": installation.partner_home.base_url,
            "server_name": partner.server_name,
            "people": [person(one, partner.server_name) for one in partner.people],
        }
    return {
        "web": installation.web_url,
        "homeserver": installation.home.base_url,
        "server_name": SERVER_NAME,
        "config": str(installation.config_path),
        "bot": installation.registration.bot,
        "admin": person(organization.admin),
        "pid": os.getpid(),
        "people": [person(one) for one in organization.people],
        "groups": [
            {
                "slug": one.group.slug,
                "name": one.group.name,
                "kind": one.sample.kind,
                "access": one.sample.access,
                "shared_with": list(one.sample.partners),
                "space_id": one.group.space_id,
                "posts_room_id": one.group.posts_id,
                "chat_room_id": one.group.chat_id,
            }
            for one in built
        ],
        "connections": [
            {
                "app": one.app,
                "group": one.group,
                "url": one.url,
                "secret": one.secret.rpartition(":")[2],
                "username": one.secret.rpartition(":")[0],
            }
            for one in sources
        ],
        **shared,
    }


def write_ready_file(path: Path, facts: dict[str, object]) -> None:
    """Write it whole or not at all: who waits for it reads it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)
