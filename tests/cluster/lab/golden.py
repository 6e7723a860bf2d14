"""The golden snapshot: the disks of a cleanly stopped cluster, to go back to before each test."""

import json
import shutil
from pathlib import Path

from tests.cluster.lab import forming, image, resume, seed
from tests.cluster.lab.names import Node
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.shell import host

MANIFEST = "manifest.json"


def path(paths: Paths) -> Path:
    """The snapshot's folder; its name says what it was made from."""
    key = image.digest(image.base_path(paths).name, image.source(forming, resume, seed))
    return paths.cache / f"golden-{key}"


def exists(paths: Paths) -> bool:
    """Whether there is a snapshot that can be used with the root image that is there."""
    manifest = path(paths) / MANIFEST
    if not (manifest.exists() and image.base_path(paths).exists()):
        return False
    return bool(json.loads(manifest.read_text(encoding="utf-8")).get("base") == _base(paths))


def _base(paths: Paths) -> list[str | int]:
    """What a copy-on-write file remembers of the image it belongs to; with another one it is worthless."""
    base = image.base_path(paths)
    return [str(base), base.stat().st_mtime_ns]


def _copy(source: Path, target: Path) -> None:
    # The copy-on-write file refuses to work when its times do not fit the image's any more.
    host(["cp", "--sparse=always", "--preserve=timestamps", str(source), str(target)], timeout=300)


def keep(paths: Paths, host_keys: dict[Node, str], scripts: dict[Node, str]) -> None:
    """Copy the disks of stopped guests; the folder gets its name only when it is complete."""
    final = path(paths)
    part = final.with_name(final.name + image.TEMPORARY)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for node in host_keys:
        for disk in (paths.cow(node.short), paths.volume(node.short), paths.seed(node.short)):
            _copy(disk, part / disk.name)
        (part / f"{node.short}.resume").write_text(scripts[node], encoding="utf-8")
    keys = {str(node.number): key for node, key in host_keys.items()}
    manifest = {"base": _base(paths), "host keys": keys}
    (part / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    host(["sync", "-f", str(part)], timeout=300)
    shutil.rmtree(final, ignore_errors=True)
    part.rename(final)
    for old in paths.cache.glob("golden-*"):
        if old != final:
            shutil.rmtree(old)


def resume_script(paths: Paths, node: Node) -> str:
    return (path(paths) / f"{node.short}.resume").read_text(encoding="utf-8")


def restore(paths: Paths) -> dict[Node, str]:
    """Put the disks back; returns each node's host key."""
    folder = path(paths)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    nodes: dict[Node, str] = {Node(int(number)): key for number, key in manifest["host keys"].items()}
    for node in nodes:
        for disk in (paths.cow(node.short), paths.volume(node.short), paths.seed(node.short)):
            disk.unlink(missing_ok=True)
            _copy(folder / disk.name, disk)
    return nodes
