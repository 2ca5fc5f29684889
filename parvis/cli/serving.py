"""`parvis run`."""

import asyncio
import gc
import signal
from pathlib import Path

import click
import structlog

from parvis.cli.files import config_option
from parvis.config import Config, load
from parvis.event_loop import serve_on
from parvis.logs import log_to_stderr
from parvis.wiring import open_app

log = structlog.get_logger(__name__)


@click.command()
@config_option
def run(path: Path) -> None:
    """Serve, until Ctrl-C or SIGTERM."""
    config = load(path)
    log_to_stderr(config.logs.level, config.logs.format)
    serve_on(_serve(config))


async def _serve(config: Config) -> None:
    """Serve until a signal asks to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, stop.set)
    async with open_app(config):
        # What stands now stands to the end: looking through all of it for garbage holds every call up
        # for a tenth of a second and more, again and again.
        gc.collect()
        gc.freeze()
        log.info("Parvis serves", pages=config.web.public_url, **config.listeners)
        await stop.wait()
        log.info("Parvis ends")
