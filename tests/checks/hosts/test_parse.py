"""What tells a bare node: keys, packages, block devices, checksums. Parse of render is the identity."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.hosts.parse.checksums import parse_checksums, parse_links
from checks.hosts.parse.packages import parse_packages, upstream
from checks.look.output import ParseError
from checks.lvm.parse.block_devices import BlockDevice, parse_lsblk, parse_wipefs
from checks.lvm.parse.volumes import parse_groups, parse_members
from checks.ssh.parse.public_key import PublicKey, keys_in, parse_public_key

KINDS = ("ssh-ed25519", "ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256")


def key_of(kind: str, rest: bytes) -> str:
    return base64.b64encode(len(kind).to_bytes(4, "big") + kind.encode() + rest).decode()


KEYS = st.builds(
    lambda kind, rest, comment: PublicKey(kind, key_of(kind, rest), comment),
    st.sampled_from(KINDS),
    st.binary(max_size=40),
    st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}", fullmatch=True) | st.just(""),
)
WORD = st.from_regex(r"[0-9a-z][a-z0-9.]{1,8}", fullmatch=True)
PATH = st.from_regex(r"/[a-z]{1,5}(/[a-zA-Z0-9 ._-]{1,9}){0,2}", fullmatch=True)
DEVICES = st.builds(
    BlockDevice,
    st.from_regex(r"/dev/[a-z]{1,6}[0-9]?", fullmatch=True),
    st.sampled_from(["disk", "part", "lvm"]),
    st.integers(0, 2**63),
    st.sampled_from(["", "/", "[SWAP]", "/srv"]),
    st.sampled_from(["", "ext4", "LVM2_member"]),
    st.sampled_from(["", "/dev/sda"]),
)


@given(KEYS)
def test_a_public_key_is_read_back(key: PublicKey) -> None:
    found = parse_public_key(str(key))
    assert (found, found.comment) == (key, key.comment)
    assert found.fingerprint.startswith("SHA256:")


@given(st.lists(KEYS), st.sampled_from(["", 'command="ls -l",no-pty ', "[hwhost-2]:2222,10.77.0.2 "]))
def test_keys_are_found_behind_options_and_names(keys: list[PublicKey], before: str) -> None:
    text = "# a comment\n\n" + "".join(f"{before}{key}\n" for key in keys)
    assert keys_in(text) == tuple(keys)


def test_a_key_that_is_not_what_it_says_it_is_none() -> None:
    with pytest.raises(ParseError, match="not a kind"):
        parse_public_key(f"ssh-rsa {key_of('ssh-dss', b'')}")


@given(st.lists(DEVICES))
def test_block_devices_are_read_back(devices: list[BlockDevice]) -> None:
    text = "".join(
        f'NAME="{one.path}" TYPE="{one.kind}" SIZE="{one.size}" MOUNTPOINT="{one.mounted}" FSTYPE="{one.holds}"'
        f' PKNAME="{one.parent}"\n'
        for one in devices
    )
    assert parse_lsblk(text) == tuple(devices)


def test_the_marks_on_a_device_are_named_once() -> None:
    text = "# offset,uuid,label,type\n0x438,3c14-77,data,ext4\n0x1fe,,,dos\n0x1ff,,,dos\n"
    assert parse_wipefs(text) == ("ext4", "dos")
    assert parse_wipefs("") == ()


@given(st.dictionaries(WORD, st.from_regex(r"[0-9][a-z0-9.]{0,8}", fullmatch=True)))
def test_packages_are_read_back(packages: dict[str, str]) -> None:
    text = "".join(f"{name} {version} installed\n" for name, version in packages.items())
    assert parse_packages(text) == packages
    assert parse_packages(text.replace(" installed", " config-files")) == {}


@pytest.mark.parametrize(
    ("version", "found"), [("3.0.2-3+deb12u1", "3.0.2"), ("1:9.2p1-2", "9.2p1"), ("2.15.2~bpo8+1", "2.15.2")]
)
def test_the_version_of_the_software_is_in_that_of_its_package(version: str, found: str) -> None:
    assert upstream(version) == found


@given(st.dictionaries(PATH | st.just("/a\\b\nc"), st.from_regex(r"[0-9a-f]{64}", fullmatch=True)))
def test_checksums_are_read_back_as_sha256sum_escapes_them(files: dict[str, str]) -> None:
    text = ""
    for path, checksum in files.items():
        escaped = path.replace("\\", "\\\\").replace("\n", "\\n")
        text += f"{'' if escaped == path else chr(92)}{checksum}  {escaped}\n"
    assert parse_checksums(text) == files


@given(st.dictionaries(PATH, PATH))
def test_links_are_read_back(links: dict[str, str]) -> None:
    assert parse_links("".join(f"{path}\t{target}\n" for path, target in links.items())) == links


@given(st.dictionaries(WORD, st.tuples(st.integers(0, 2**60), st.integers(0, 2**60))))
def test_volume_groups_are_read_back(groups: dict[str, tuple[int, int]]) -> None:
    text = "".join(f"  {name}:{size}:{free}\n" for name, (size, free) in groups.items())
    assert {name: (one.size, one.free) for name, one in parse_groups(text).items()} == groups


def test_a_device_that_lvm_misses_is_left_out() -> None:
    assert parse_members("  /dev/sdb:vg0\n  [unknown]:vg0\n  /dev/sdc:\n") == {"/dev/sdb": "vg0", "/dev/sdc": ""}
