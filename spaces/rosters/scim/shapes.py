"""What may be pushed, as the library for SCIM models it; known to this file and the endpoint.

Identity providers depart from the RFCs in known ways: Entra sends "False" for false, operations with
capitals, and removals with a value; what departs beyond that is set right here.
"""

from collections.abc import Callable
from typing import Any

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    EnterpriseUser,
    ETag,
    Extension,
    Filter,
    Group,
    Patch,
    PatchOp,
    ResourceType,
    ScimFilter,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    User,
)
from scim2_models import Email as LibraryEmail
from scim2_models.urn import URN

from spaces.rosters.scim.store import ScimKind

MOST_RESULTS = 500

_READ_ONLY = ("id", "meta", "groups")


class Email(LibraryEmail):
    """An address as it comes: those of inner networks, like ana@corp.local, are addresses too."""

    value: str | None = None


class ParvisUser(Extension):
    """What rules often ask for, where the provider has no better place for it."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:parvis:2.0:User")

    site: str | None = None
    trade: str | None = None
    team: str | None = None
    contract: str | None = None


class _User(User):  # type: ignore[type-arg]
    emails: list[Email] | None = None  # type: ignore[assignment]


MODELS: dict[ScimKind, Any] = {
    ScimKind.USER: _User[EnterpriseUser | ParvisUser],  # type: ignore[misc]
    ScimKind.GROUP: Group,
}

TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)


def provider() -> ScimProvider:
    """Return what the three discovery endpoints publish."""
    return ScimProvider(
        models=[_User, EnterpriseUser, ParvisUser, Group],
        resource_types=[ResourceType.from_resource(model) for model in MODELS.values()],
        config=ServiceProviderConfig(
            patch=Patch(supported=True),
            bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
            filter=Filter(supported=True, max_results=MOST_RESULTS),
            change_password=ChangePassword(supported=False),
            sort=Sort(supported=False),
            etag=ETag(supported=False),
            authentication_schemes=[
                AuthenticationScheme(
                    type=AuthenticationScheme.Type.oauthbearertoken,
                    name="Bearer token",
                    description="The token of the settings, directory.scim.token",
                    primary=True,
                )
            ],
        ),
    )


def wanted(kind: ScimKind, text: str) -> Callable[[dict[str, Any]], bool]:
    """Return the filter that *text* writes; raise ValueError or SCIMException for one that is none."""
    library: Any = ScimFilter
    model = MODELS[kind]
    parsed = library[model](text)
    return lambda document: bool(parsed.match(model.model_validate(document)))


def patched(kind: ScimKind, document: dict[str, Any], body: dict[str, Any]) -> Any:
    """Return the resource that *document* becomes by the PATCH *body*."""
    library: Any = PatchOp
    model = MODELS[kind]
    patch = library[model].model_validate(
        straightened(body), scim_ctx=Context.RESOURCE_PATCH_REQUEST
    )
    resource = model.model_validate(document)
    patch.patch(resource)
    return resource


def without_read_only(document: dict[str, Any]) -> dict[str, Any]:
    """Return a user or group without what providers echo although it is not theirs to set."""
    return {name: value for name, value in document.items() if name not in _READ_ONLY}


def straightened(patch: dict[str, Any]) -> dict[str, Any]:
    """Return a PATCH body whose operations say what is meant."""
    operations = patch.get("Operations")
    if not isinstance(operations, list):
        return patch
    return {**patch, "Operations": [_straightened(one) for one in operations]}


def _straightened(operation: Any) -> Any:
    if not isinstance(operation, dict):
        return operation
    value, path = operation.get("value"), operation.get("path")
    if not path and isinstance(value, dict):
        return {**operation, "value": without_read_only(value)}  # Okta repeats a group's id.
    is_manager = isinstance(path, str) and path.lower().endswith(("manager", ":manager"))
    if is_manager and isinstance(value, str):
        return {**operation, "value": {"value": value}}  # Entra sends the bare id.
    return operation
