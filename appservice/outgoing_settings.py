"""How calls to addresses that people name go out; apart, so that reading settings stays quick."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OutgoingSettings:
    """Section ``outgoing`` of the config; *proxy* is an address, *private_hosts* are host names."""

    proxy: str = ""
    ca_certificates: str = ""
    private_hosts: tuple[str, ...] = ()
