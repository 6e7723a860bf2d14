"""The root file system every guest starts from: a kept tar of Debian packages, then an ext4 image of it.

Each step writes to a temporary name and renames, so that an interrupted build leaves nothing half-done.
"""

import ast
import functools
import hashlib
import shutil
import tempfile
from pathlib import Path
from types import ModuleType

from tests.cluster.lab import names, packages, recipe, seed
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.shell import contained, host
from tests.cluster.lab.timing import Timings

TEMPORARY = ".part"
IMAGE_SIZE = "3G"


def digest(*parts: object) -> str:
    """A short key made of everything that decides what is built."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]


@functools.cache
def source(*modules: ModuleType) -> str:
    """The lab's own source as a part of a key: whoever edits the recipe gets a new build, a comment does not.

    Read once: a file that is edited during a build must not change the name of what is being built.
    """
    files = (Path(str(module.__file__)) for module in modules)
    return "\n".join(ast.dump(ast.parse(file.read_text(encoding="utf-8"))) for file in files)


def archive_path(paths: Paths) -> Path:
    return paths.cache / f"root-{digest(recipe.SUITE, recipe.PACKAGES, recipe.LEFT_OUT)}.tar"


def base_path(paths: Paths) -> Path:
    version = packages.modules().name
    return paths.cache / f"base-{digest(archive_path(paths).name, version, source(recipe, names))}.ext4"


def build(paths: Paths, timings: Timings) -> Path:
    """Make what is missing of the archive and the image; returns the image."""
    archive, base = archive_path(paths), base_path(paths)
    for leftover in [*paths.cache.glob("bootstrap-*"), *paths.cache.glob(f"*{TEMPORARY}")]:
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()
    if not archive.exists():
        with timings.part("debian packages of a guest"):
            _bootstrap(archive)
            _forget_others(paths, "root-*", archive)
    if not base.exists():
        with timings.part("root image of a guest"):
            _make_image(archive, base, paths.live)
            _forget_others(paths, "base-*", base)
    return base


def _bootstrap(archive: Path) -> None:
    part = archive.with_name(archive.name + TEMPORARY)
    part.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="bootstrap-", dir=archive.parent) as folder:
        command = ["env", f"TMPDIR={folder}", "mmdebstrap", "--mode=root", "--variant=apt", "--format=tar"]
        command += [
            "--aptopt=Acquire::Languages none",
            "--aptopt=Acquire::Retries 3",
            "--dpkgopt=force-unsafe-io",
        ]
        command += [f"--dpkgopt=path-exclude={pattern}" for pattern in recipe.LEFT_OUT]
        command += [f"--include={','.join(recipe.PACKAGES)}", recipe.SUITE, str(part)]
        host(contained(command), timeout=1800)
    part.rename(archive)


def _make_image(archive: Path, base: Path, workplace: Path) -> None:
    """Unpack, add the lab's files, and let mke2fs fill a sparse image without mounting anything.

    The image must not be touched afterwards: the guests' copy-on-write files remember its modification time.
    """
    part = base.with_name(base.name + TEMPORARY)
    part.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="image-", dir=workplace) as folder:
        root = Path(folder) / "root"
        root.mkdir()
        host(contained(["tar", "-xf", str(archive), "-C", str(root), "--numeric-owner"]), timeout=600)
        _fit(root)
        options = ["-q", "-F", "-t", "ext4", "-m", "0", "-O", "^has_journal,^metadata_csum", "-d", str(root)]
        host(contained(["mke2fs", *options, str(part), IMAGE_SIZE]), timeout=600)
    part.rename(base)


def _fit(root: Path) -> None:
    for path in recipe.REMOVED:
        (root / path[1:]).unlink(missing_ok=True)
    for file in recipe.FILES:
        target = root / file.path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.text, encoding="utf-8")
        target.chmod(file.mode)
    units = root / "etc/systemd/system"
    for unit in recipe.MASKED:
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    wanted = units / "sysinit.target.wants"
    wanted.mkdir(exist_ok=True)
    (wanted / "lab-network.service").symlink_to("/etc/systemd/system/lab-network.service")
    (units / "default.target").symlink_to("/lib/systemd/system/multi-user.target")
    for user, uid, home in seed.USERS[1:]:
        # '*' instead of a locked password: sshd refuses locked accounts even with a key.
        who = [
            "-u",
            str(uid),
            "-N",
            "-g",
            str(seed.USERS_GROUP),
            "-m",
            "-d",
            home,
            "-s",
            "/bin/bash",
            "-p",
            "*",
            user,
        ]
        host(["chroot", str(root), "useradd", *who])
    kernel = packages.modules()
    target = root / "lib/modules" / kernel.name
    for name in recipe.MODULE_FOLDERS:
        if (kernel / "kernel" / name).is_dir():
            shutil.copytree(kernel / "kernel" / name, target / "kernel" / name)
    for index in kernel.glob("modules.*"):
        shutil.copy(index, target / index.name)
    host(["depmod", "-b", str(root), kernel.name])


def _forget_others(paths: Paths, pattern: str, keep: Path) -> None:
    """An older recipe's results are of no use any more and large."""
    for old in paths.cache.glob(pattern):
        if old != keep:
            old.unlink()
