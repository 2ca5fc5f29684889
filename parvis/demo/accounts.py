"""Accounts, made by the secret that Synapse shares with its owner."""

import hashlib
import hmac
from collections.abc import Iterable

from appservice.errors import HomeserverError
from appservice.homeserver import Homeserver
from appservice.ids import UserId
from parvis.demo.installation import KEEPER, Installation
from parvis.demo.organization import SamplePerson
from parvis.demo.synapse import Synapse

_PATH = "/_synapse/admin/v1/register"


async def register_user(
    synapse: Synapse, localpart: str, password: str, *, name: str = "", admin: bool = False
) -> UserId:
    """Make an account by the shared secret (Synapse admin API, "Shared-Secret Registration").

    An account that exists already is left as it is.
    """
    homeserver = Homeserver(base_url=synapse.base_url)
    try:
        nobody = homeserver.as_nobody()
        nonce = (await nobody.call("GET", _PATH)).text("nonce")
        parts = [nonce, localpart, password, "admin" if admin else "notadmin"]
        proof = hmac.new(synapse.shared_secret().encode(), "\0".join(parts).encode(), hashlib.sha1)
        body = {
            "nonce": nonce,
            "username": localpart,
            "displayname": name or localpart,
            "password": password,
            "admin": admin,
            "mac": proof.hexdigest(),
        }
        await nobody.call("POST", _PATH, body)
    except HomeserverError as error:
        if error.errcode != "M_USER_IN_USE":
            raise
    finally:
        await homeserver.close()
    return UserId(f"@{localpart}:{synapse.server_name}")


async def register_people(
    synapse: Synapse, installation: Installation, people: Iterable[SamplePerson]
) -> None:
    """Make the accounts of *people*."""
    for person in people:
        password = installation.password(person.localpart)
        await register_user(synapse, person.localpart, password, name=person.name)


async def register_keeper(synapse: Synapse, installation: Installation) -> None:
    """Make the account that nobody uses daily."""
    await register_user(synapse, KEEPER, installation.password(KEEPER), name="Gardien")
