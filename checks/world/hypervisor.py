"""What Ganeti's fake hypervisor leaves on a node: a file for each instance that runs (lib/hypervisor/hv_fake.py)."""

from __future__ import annotations

from checks.world.machine import Machine

FOLDER = "/run/ganeti/fake-hypervisor"
CONTENT = "1\n"


def refresh(machine: Machine, now: float) -> None:
    """Bring the files in line with what runs; the folder is made by the node daemon, and empty after a boot."""
    if not (machine.domains or machine.daemon("noded") is not None):
        return
    machine.files.make_dir(FOLDER)
    for name in machine.files.names_in(FOLDER):
        if name not in machine.domains:
            machine.files.remove(f"{FOLDER}/{name}")
    for name in machine.domains:
        if machine.files.get(f"{FOLDER}/{name}") is None:
            machine.files.write(f"{FOLDER}/{name}", CONTENT, mtime=now)
