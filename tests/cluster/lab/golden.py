"""The golden snapshot: the disks of a cleanly stopped cluster, to go back to before each test."""

import json
import shutil
from pathlib import Path

from tests.cluster.lab import forming, image, seed
from tests.cluster.lab.names import Node
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.shell import host

MANIFEST = "manifest.json"


def path(paths: Paths) -> Path:
    """The snapshot's folder; its name says what it was made from."""
    key = image.digest(image.base_path(paths).name, image.source(forming, seed))
    return paths.cache / f"golden-{key}"


def exists(paths: Paths) -> bool:
    return image.base_path(paths).exists() and (path(paths) / MANIFEST).exists()


def _copy(source: Path, target: Path) -> None:
    # The copy-on-write file refuses to work when its times do not fit the image's any more.
    host(["cp", "--sparse=always", "--preserve=timestamps", str(source), str(target)], timeout=300)


def keep(paths: Paths, host_keys: dict[Node, str]) -> None:
    """Copy the disks of stopped guests; the folder gets its name only when it is complete."""
    final = path(paths)
    part = final.with_name(final.name + image.TEMPORARY)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for node in host_keys:
        for disk in (paths.cow(node.short), paths.volume(node.short), paths.seed(node.short)):
            _copy(disk, part / disk.name)
    manifest = {str(node.number): key for node, key in host_keys.items()}
    (part / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    host(["sync", "-f", str(part)], timeout=300)
    shutil.rmtree(final, ignore_errors=True)
    part.rename(final)
    for old in paths.cache.glob("golden-*"):
        if old != final:
            shutil.rmtree(old)


def restore(paths: Paths) -> dict[Node, str]:
    """Put the disks back; returns each node's host key."""
    folder = path(paths)
    manifest: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    nodes = {Node(int(number)): key for number, key in manifest.items()}
    for node in nodes:
        for disk in (paths.cow(node.short), paths.volume(node.short), paths.seed(node.short)):
            disk.unlink(missing_ok=True)
            _copy(folder / disk.name, disk)
    return nodes
