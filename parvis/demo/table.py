"""What the demo shows when it is open: where, as whom, and what is worth a look."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from appservice.languages import N_, Phrases
from parvis.demo.installation import SERVER_NAME, Installation
from parvis.demo.organization import Organization, SamplePerson

_NAME, _ACCOUNT = 20, 36


def table(
    organization: Organization, installation: Installation, folder: Path, words: Phrases
) -> Iterator[str]:
    """Yield the lines: addresses first, then each person, then how it ends."""
    yield from (
        "",
        words(N_("{name} is open:"), name=organization.name),
        f"  {words(N_('The feed, for any browser')):28} {installation.web_url}",
        f"  {words(N_('For Matrix clients')):28} {installation.home.base_url}",
        f"  {words(N_('The bot')):28} {installation.registration.bot}",
        "",
        words(
            N_(
                "The sign-in page fills in whom you click. Begin as {first}; make a group or connect "
                "an app as {admin}."
            ),
            first=organization.people[0].name,
            admin=organization.admin.name,
        ),
        "",
    )
    everybody = (*organization.people, organization.admin)
    yield from _people(everybody, SERVER_NAME, installation, words)
    if partner := organization.partner:
        text = N_("{name} reads and writes in “{group}”, from a homeserver of its own:")
        yield from ("", words(text, name=partner.name, group=partner.group.name))
        clients, address = words(N_("For Matrix clients")), installation.partner_home.base_url
        yield from (f"  {clients:28} {address}", "")
        yield from _people(partner.people, partner.server_name, installation, words)
    config = installation.config_path
    yield from (
        "",
        words(
            N_("Its settings: {config}. To begin anew, delete {folder}."),
            config=config,
            folder=folder,
        ),
        words(N_("Ctrl-C ends it all; the next start goes on where it stood.")),
    )


def _people(
    people: Sequence[SamplePerson], server_name: str, installation: Installation, words: Phrases
) -> Iterator[str]:
    head = (words(N_("Name")), words(N_("Account")), words(N_("Password")))
    yield f"  {head[0]:{_NAME}} {head[1]:{_ACCOUNT}} {head[2]}"
    for one in people:
        account = f"@{one.localpart}:{server_name}"
        password = installation.password(one.localpart)
        yield f"  {one.name:{_NAME}} {account:{_ACCOUNT}} {password}"
        said = [texts[words.language] for texts in (one.role, one.look) if texts]
        if said:
            yield f"      {' · '.join(said)}"
