"""What the demo does once its homeservers are starting: all that needs the whole program."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import click

from appservice.languages import phrases
from bridges.discovery import apps
from feed.contracts import DemoPerson
from parvis.config import Config
from parvis.demo.accounts import register_keeper, register_people
from parvis.demo.build import Builder, Built
from parvis.demo.facts import facts_of, write_ready_file
from parvis.demo.installation import PARTNER_SERVER_NAME, DemoOptions, Installation
from parvis.demo.organization import (
    Organization,
    only_shared,
    sample_organization,
    sample_partner,
    with_partner,
)
from parvis.demo.settings import write_config
from parvis.demo.sources import Source, connections_of, deliver_samples, settle
from parvis.demo.steps import Steps
from parvis.demo.synapse import Synapse
from parvis.demo.table import table
from parvis.logs import log_to_stderr
from parvis.terminal import terminal_language
from parvis.web import PageOptions
from parvis.wiring import App, open_app


async def open_demo(
    options: DemoOptions,
    installation: Installation,
    synapses: Sequence[Synapse],
    stack: AsyncExitStack,
) -> None:
    """Open Parvis on *synapses*, for as long as *stack*; build what is missing, and tell where it is."""
    log_to_stderr()
    organization = sample_organization(with_posts=not installation.remembered.built)
    if options.partner:
        organization = with_partner(organization, sample_partner(PARTNER_SERVER_NAME))
    config = write_config(installation, organization)
    _load_ahead(config)
    await asyncio.gather(*(synapse.wait_until_it_answers() for synapse in synapses))
    await _register(synapses, installation, organization)
    people = _people(organization, installation)
    app = await stack.enter_async_context(open_app(config, options=PageOptions(demo=people)))
    built, sources = await _built(options, organization, installation, app)
    if options.ready_file:
        write_ready_file(options.ready_file, facts_of(organization, installation, built, sources))
    for line in table(organization, installation, options.folder, phrases(terminal_language())):
        click.echo(line)


def _load_ahead(config: Config) -> None:
    """Load what Parvis asks for at its start; each is kept, and the homeserver is not ready yet."""
    apps()
    phrases(config.organization.language)


async def _register(
    synapses: Sequence[Synapse], installation: Installation, organization: Organization
) -> None:
    """Make the accounts that are missing, each on its own homeserver."""
    remembered = installation.remembered
    if not remembered.built:
        ours = (organization.admin, *organization.people)
        await register_people(synapses[0], installation, ours)
        await register_keeper(synapses[0], installation)
    if organization.partner and not remembered.partner_built:
        await register_people(synapses[1], installation, organization.partner_people)


def _missing(organization: Organization, installation: Installation) -> Organization | None:
    """Return the part of *organization* that is still to be built."""
    if not installation.remembered.built:
        return organization
    if organization.partner and not installation.remembered.partner_built:
        return only_shared(organization, organization.partner)
    return None


async def _built(
    options: DemoOptions, organization: Organization, installation: Installation, app: App
) -> tuple[Sequence[Built], Sequence[Source]]:
    """Build the organization unless it stands; return its groups and connections."""
    part = _missing(organization, installation)
    with Steps(part, samples=options.samples) as step:
        builder = Builder(organization=organization, installation=installation, app=app, step=step)
        try:
            await app.machinery.greeted.wait()
            if part:
                await builder.build(part, samples=options.samples)
            built = await builder.groups()
            sources = await connections_of(organization, app, built)
            if part and part.connections and options.samples:
                await deliver_samples(app, sources, step)
            if part:
                await settle(app)
            installation.remembered.built = True
            installation.remembered.partner_built |= bool(organization.partner)
            installation.save()
        finally:
            await builder.close()
    return built, sources


def _people(organization: Organization, installation: Installation) -> tuple[DemoPerson, ...]:
    return tuple(
        DemoPerson(
            user_id=installation.user_id(person.localpart),
            password=installation.password(person.localpart),
            name=person.name,
            role=person.role,
            look=person.look,
        )
        for person in organization.people
    )
