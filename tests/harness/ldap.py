"""A real OpenLDAP server, where one is installed (Debian's package slapd)."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from parvis.demo.federation import Authority
from tests.harness.wait import until

BASE = "dc=firm,dc=test"
READER, PASSWORD = f"cn=reader,{BASE}", "a password for reading"

_SCHEMAS = ("core", "cosine", "inetorgperson")
_LDIF = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Firm
dc: firm

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {PASSWORD}

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=empty,{BASE}
objectClass: organizationalUnit
ou: empty
"""


@dataclass
class LdapForTests:
    """A running server with people below ou=people."""

    url: str
    secure_url: str
    authority: Path
    """The certificate of whoever signed the server's."""


def slapd() -> str | None:
    """Return the program, or None where it is not installed."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/openldap"])
    return shutil.which("slapd", path=path)


def person(uid: str, **attributes: str) -> str:
    """Return a person as LDIF."""
    given = {"cn": uid.title(), "sn": uid.title(), **attributes}
    lines = [f"{name}: {value}" for name, value in given.items()]
    head = f"dn: uid={uid},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: {uid}\n"
    return head + "\n".join(lines) + "\n"


@asynccontextmanager
async def running_ldap(
    folder: Path, ports: tuple[int, int], people: list[str]
) -> AsyncIterator[LdapForTests]:
    """Serve *people* on two ports, the second one encrypted."""
    program = slapd()
    assert program is not None
    root = Path(program).parents[2]
    listens = f"ldap://127.0.0.1:{ports[0]} ldaps://127.0.0.1:{ports[1]}"
    authority, certificate, key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
    signing = Authority()
    signing.write_own(authority)
    # OpenLDAP's client takes "localhost" for the machine's own name.
    signing.write_certificate(socket.gethostname(), certificate, key)
    (folder / "db").mkdir()
    config = folder / "slapd.conf"
    config.write_text(_config(root, folder, certificate, key))
    ldif = folder / "people.ldif"
    ldif.write_text("\n".join([_LDIF, *people]))
    add = await asyncio.create_subprocess_exec(
        program, "-T", "add", "-f", str(config), "-l", str(ldif)
    )
    assert await asyncio.wait_for(add.wait(), 30) == 0
    server = await asyncio.create_subprocess_exec(
        program, "-d", "0", "-f", str(config), "-h", listens
    )

    async def answers() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", ports[0])
        except OSError:
            return False
        writer.close()
        return True

    try:
        await until(answers, "slapd answers")
        yield LdapForTests(
            f"ldap://localhost:{ports[0]}", f"ldaps://localhost:{ports[1]}", authority
        )
    finally:
        server.terminate()
        await asyncio.wait_for(server.wait(), 10)


def _config(root: Path, folder: Path, certificate: Path, key: Path) -> str:
    system = root if (root / "etc/ldap/schema").exists() else Path("/")
    includes = "\n".join(f"include {system}/etc/ldap/schema/{one}.schema" for one in _SCHEMAS)
    return f"""
{includes}
modulepath {root}/usr/lib/ldap:{root}/lib/ldap
moduleload back_mdb
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
sizelimit size.soft=50 size.hard=50 size.pr=50 size.prtotal=unlimited
database mdb
maxsize 10485760
suffix "{BASE}"
directory {folder}/db
access to * by dn.exact="{READER}" read by anonymous auth by * none
"""
