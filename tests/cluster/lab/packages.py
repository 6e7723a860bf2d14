"""What the lab needs of this machine: root, Debian's tools, and a kernel that lets User-Mode Linux run."""

import os
import shutil
from pathlib import Path

from tests.cluster.lab.errors import LabError
from tests.cluster.lab.shell import host

# A program of each package, to see without asking dpkg whether it is there.
NEEDED = {
    "linux.uml": "user-mode-linux",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "mke2fs": "e2fsprogs",
    "depmod": "kmod",
    "setpriv": "util-linux",
    "useradd": "passwd",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}
# Only where User-Mode Linux has to be helped with the processor; see xstate.c.
COMPILER = {"gcc": "gcc", "/usr/include/dlfcn.h": "libc6-dev"}
# A login shell of an ordinary user, or a container, may lack these in its PATH.
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def preflight() -> None:
    """Say in one sentence why the lab cannot run here, before anything is started."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root, for a network namespace and its bridges: run it with sudo")
    if not Path("/dev/net/tun").exists():
        raise LabError("the lab needs /dev/net/tun for the guests' network: load the kernel module tun")
    path = os.environ.get("PATH", "").split(":")
    os.environ["PATH"] = ":".join([*path, *(folder for folder in SBIN if folder not in path)])


def has_amx() -> bool:
    """Whether User-Mode Linux needs help here; see xstate.c."""
    return " amx_tile" in Path("/proc/cpuinfo").read_text(encoding="utf-8")


def missing() -> list[str]:
    """The Debian packages that still have to be installed."""
    needed = {**NEEDED, **COMPILER} if has_amx() else NEEDED
    return sorted({package for probe, package in needed.items() if not _there(probe)})


def install() -> None:
    """Install what is missing with apt-get, asking nothing."""
    if not (packages := missing()):
        return
    if shutil.which("apt-get") is None:
        raise LabError(f"these programs are missing and there is no apt-get to install them: {packages}")
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    host([*quiet, "update"], timeout=600)
    host([*quiet, "install", "--no-install-recommends", *packages], timeout=1200)
    if still := missing():
        raise LabError(f"apt-get installed them, but these are still not usable: {', '.join(still)}")


def modules() -> Path:
    """The folder with the modules of the User-Mode Linux kernel that is installed."""
    version = host(["linux.uml", "--version"]).stdout.strip()
    folder = Path("/usr/lib/uml/modules") / version
    if not folder.is_dir():
        raise LabError(f"{folder} is missing: reinstall the package user-mode-linux")
    return folder


def _there(probe: str) -> bool:
    return Path(probe).exists() if probe.startswith("/") else shutil.which(probe) is not None
