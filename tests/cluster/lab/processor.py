"""Making User-Mode Linux fit for the processor: one with AMX has more registers than it knows."""

from pathlib import Path

from tests.cluster.lab import packages
from tests.cluster.lab.image import TEMPORARY, digest
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.shell import host

SOURCE = Path(__file__).with_name("xstate.c")


def environment(paths: Paths) -> list[str]:
    """NAME=VALUE settings to start User-Mode Linux with; compiles the help where it is needed."""
    if not packages.has_amx():
        return []
    library = paths.cache / f"xstate-{digest(SOURCE.read_text(encoding='utf-8'))}.so"
    if not library.exists():
        part = library.with_name(library.name + TEMPORARY)
        host(["gcc", "-O2", "-shared", "-fPIC", "-Wall", "-o", str(part), str(SOURCE), "-ldl"])
        part.rename(library)
    return [f"LD_PRELOAD={library}"]
