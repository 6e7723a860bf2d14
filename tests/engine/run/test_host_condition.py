"""What hosts say of their condition, in the words of real ones."""

import subprocess

import pytest

from engine.hosts.host import Host
from engine.hosts.local import LocalLink
from engine.run import host_health
from engine.run.host_health import FreeSpace, Mount

NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")

MOUNTS = """\
rootfs / rootfs rw 0 0
/dev/sda1 / ext4 rw,relatime,errors=remount-ro 0 0
/dev/sda2 /var xfs rw,relatime 0 0
/dev/sdb /var/lib/gnt\\040runbook ext4 ro 0 0
/dev/sda3 /home ext4 ro 0 0
"""


@pytest.mark.parametrize(
    ("path", "device"),
    [
        ("/", "/dev/sda1"),
        ("/etc", "/dev/sda1"),
        ("/var", "/dev/sda2"),
        ("/var/lib/gnt-runbook", "/dev/sda2"),
        ("/variable", "/dev/sda1"),
        ("/var/lib/gnt runbook/changes", "/dev/sdb"),
    ],
)
def test_a_path_is_on_the_file_system_that_was_mounted_nearest_to_it(path: str, device: str) -> None:
    mount = host_health.mount_of(path, MOUNTS)
    assert mount is not None
    assert mount.device == device


@pytest.mark.parametrize("options", ["ro,relatime", "rw,emergency_ro", "rw,relatime,shutdown"])
def test_what_takes_nothing_is_told_by_its_options(options: str) -> None:
    assert Mount("/dev/sda1", "/", options).unwritable


def test_what_the_kernel_would_do_after_an_error_is_no_error() -> None:
    assert not Mount("/dev/sda1", "/", "rw,errors=remount-ro").unwritable


@pytest.mark.parametrize("text", ["", "nonsense\n", "a b c d\n", "1 2 3\n", "-1 1 1 1\n", "999999999999999999999\n"])
def test_what_is_not_understood_is_not_known(text: str) -> None:
    assert host_health.clock(text) is None
    assert host_health.room_in(text) is None
    assert host_health.mount_of("/", text) is None


def test_this_machine_says_it_in_these_words() -> None:
    said = [LocalLink(Host("here")).run(one.argv, timeout=10).stdout for one in host_health.READS]
    assert host_health.clock(said[0]) is not None
    assert host_health.mount_of("/proc", said[1]) is not None
    assert host_health.room_in(said[2]) is not None


def in_a_namespace(script: str) -> str:
    """What a script prints that mounts what it likes, where the kernel lets everybody."""
    done = subprocess.run([*NAMESPACE, "sh", "-ec", script], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no user namespace: {done.stderr}")
    return done.stdout


def test_a_real_file_system_that_is_read_only() -> None:
    told = in_a_namespace("mount -t tmpfs -o ro none /var/lib && cat /proc/mounts")
    mount = host_health.mount_of("/var/lib/gnt-runbook", told)
    assert mount is not None
    assert (mount.point, mount.unwritable) == ("/var/lib", True)


def test_a_real_file_system_that_is_full() -> None:
    ask = " ".join(map(repr, host_health.ROOM.argv))
    full = in_a_namespace(f"mount -t tmpfs -o size=64k none /var; cat /dev/zero >/var/f 2>/dev/null || :; {ask}")
    assert host_health.room_in(full) is not None
    assert getattr(host_health.room_in(full), "size", None) == 0
    many = in_a_namespace(f"mount -t tmpfs -o nr_inodes=3 none /var; touch /var/a /var/b; {ask}")
    room = host_health.room_in(many)
    assert isinstance(room, FreeSpace)
    assert room.inodes == 0
