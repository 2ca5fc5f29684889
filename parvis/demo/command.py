"""`parvis demo`: a homeserver, Parvis and a sample organization, from one command.

A start lasts as long as Synapse needs to load, so that comes first, and our own modules are loaded
beside it:

    run_demo:   folder, registrations --> Synapse begins
    open_demo:  the rest is loaded    --> Synapse answers --> Parvis --> what is missing is built
"""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack

import click

from parvis.demo.federation import neighbours
from parvis.demo.installation import DemoOptions, Installation
from parvis.demo.synapse import Synapse, SynapseSettings, end_left_over
from parvis.folder import locked

_HOMESERVER_FOLDERS = ("synapse", "partner")


async def run_demo(options: DemoOptions) -> None:
    """Start everything, build what is missing, tell where it is, and stay until a signal."""
    stop = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    if options.ready_file:
        options.ready_file.unlink(missing_ok=True)
    async with AsyncExitStack() as stack:
        stack.enter_context(locked(options.folder))
        for name in _HOMESERVER_FOLDERS:
            await end_left_over(options.folder.absolute() / name)
        installation = Installation(options.folder, ports=options.ports)
        installation.write_registrations()
        click.echo("Starting the homeserver…", err=True)
        synapses = await _begun(installation, stack, partner=options.partner)
        # Most of the program, which takes two seconds to load: now, beside the homeserver's own.
        from parvis.demo.opening import open_demo  # noqa: PLC0415

        await open_demo(options, installation, synapses, stack)
        await stop.wait()
        click.echo("Stopping…", err=True)


async def _begun(
    installation: Installation, stack: AsyncExitStack, *, partner: bool
) -> Sequence[Synapse]:
    """Return homeservers that will answer soon, and end with *stack*; several federate."""
    settings: Sequence[SynapseSettings] = [installation.homeserver()]
    if partner:
        both = neighbours(*settings, installation.partner_homeserver())
        settings = await stack.enter_async_context(both)
    synapses = [Synapse(one) for one in settings]
    for synapse in synapses:
        stack.push_async_callback(synapse.stop)
        await synapse.begin()
    return synapses
