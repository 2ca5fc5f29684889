"""The asking of sources as a whole."""

from collections.abc import Callable, Mapping

from appservice.floor import Trays
from appservice.trouble import Report
from bridges.base import App
from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.pulling.asking import Pulling
from bridges.pulling.harvester import Harvester
from bridges.pulling.puller import Caller, Puller
from bridges.pulling.store import Pulls


def build_pulling(
    trays: Trays,
    caller: Caller,
    *,
    apps: Mapping[str, App],
    connections: Connections,
    deliveries: Deliveries,
    wake: Callable[[], None],
    report: Report,
) -> tuple[Pulling, Puller]:
    """Return what others may ask of it, and the task; *wake* tells the pipeline of deliveries."""
    pulls = Pulls(database=trays.database)
    puller = Puller(
        apps=apps,
        pulls=pulls,
        connections=connections,
        deliveries=deliveries,
        caller=caller,
        harvester=Harvester(),
        wake=wake,
        report=report,
    )
    return Pulling(pulls, puller.look), puller
