"""Debian's packages on a node, and what Ganeti's put into /etc/ganeti."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checks.releases import IMITATED
from checks.world.node.machine import Machine

STATUS = "/var/lib/dpkg/status"
OTHERS = {
    "drbd-utils": "9.22.0-1",
    "lvm2": "2.03.16-2",
    "rsync": "3.2.7-1+deb12u2",
}
CONF = "/etc/ganeti"
SCRIPTS = ("kvm-ifup-os", "xen-ifup-os")


def available(version: str) -> dict[str, str]:
    """What can be installed, by name, where this release of Ganeti is the one of the distribution."""
    release = IMITATED[version]
    return {"ganeti": release.package, "openssh-server": release.sshd, **OTHERS}


def installed(machine: Machine) -> dict[str, str]:
    """The packages of a node with their versions."""
    found = {}
    for part in (machine.files.read(STATUS) or "").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line)
        if fields:
            found[fields["Package"]] = fields["Version"]
    return found


def _store(machine: Machine, packages: Mapping[str, str], now: float) -> None:
    parts = (
        f"Package: {name}\nStatus: install ok installed\nVersion: {version}\n" for name, version in packages.items()
    )
    machine.files.write(STATUS, "\n".join(parts), mtime=now)


def install(machine: Machine, packages: Mapping[str, str], version: str, now: float) -> None:
    """Install packages; Ganeti's brings scripts and links to its own release."""
    _store(machine, dict(sorted({**installed(machine), **packages}.items())), now)
    if "ganeti" in packages:
        for name in SCRIPTS:
            machine.files.write(f"{CONF}/{name}", f"#!/bin/bash\n# {name}\n", mode=0o755, mtime=now)
        for name in ("lib", "share"):
            if not machine.files.is_link(f"{CONF}/{name}"):
                machine.files.link(f"{CONF}/{name}", f"/usr/{name}/ganeti/{version}")


def furnish(machine: Machine, version: str, now: float) -> None:
    """All that a node needs."""
    install(machine, available(version), version, now)


def remove(machine: Machine, names: Iterable[str], now: float) -> None:
    """Remove packages, and what Ganeti's brought."""
    gone = set(names)
    _store(machine, {name: version for name, version in installed(machine).items() if name not in gone}, now)
    if "ganeti" in gone:
        machine.files.remove(CONF)


def furnish_site(machine: Machine, now: float) -> None:
    """What a site has put into /etc/ganeti on every node."""
    files = machine.files
    files.write(f"{CONF}/hooks/node-add-post.d/50site", "#!/bin/sh\nexit 0\n", mode=0o755, mtime=now)
    files.write(f"{CONF}/site/common-vars", "CONFDIR=/etc/ganeti/vms\n", mtime=now)
    files.link(f"{CONF}/common-vars", "site/common-vars")
