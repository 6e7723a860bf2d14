"""`gnt-instance info`: what a real cluster printed, anything that Ganeti can print, and anything at all."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.explain.explain import explain
from checks.explain.instance_info import (
    FAILED,
    NotRead,
    ToldDisk,
    ToldInstance,
    ToldSide,
    ToldVolume,
    parse_instance_info,
)
from checks.look.output import ParseError

NAMES = st.from_regex(r"[a-z][a-z0-9.-]{0,12}[a-z0-9]", fullmatch=True)
NUMBERS = st.integers(0, 999999999)
SIDES = st.builds(
    ToldSide,
    path=st.from_regex(r"/dev/drbd[0-9]{1,3}", fullmatch=True),
    major=st.none() | NUMBERS,
    minor=st.none() | NUMBERS,
    recovering=st.none() | st.integers(0, 10000).map(lambda one: one / 100),
    eta=st.none() | st.integers(1, 10**6),
    degraded=st.booleans(),
    word=st.sampled_from(["", "MISSING DISK", "UNCERTAIN STATE"]),
).map(lambda one: one if one.recovering is not None else ToldSide(**{**fields(one), "eta": None}))
VOLUMES = st.builds(
    ToldVolume,
    name=st.builds("{}/{}".format, NAMES, NAMES),
    primary=st.sampled_from([True, False, None]),
    secondary=st.sampled_from([True, False, None]),
)
SIZES = st.sampled_from(["64M", "50.0G", "1.2T"])
MIRRORED = st.builds(
    ToldDisk,
    name=st.just(""),
    kind=st.sampled_from(["drbd", "drbd8"]),
    size=SIZES,
    first=st.tuples(NAMES, NUMBERS),
    second=st.tuples(NAMES, NUMBERS),
    port=NUMBERS,
    primary=st.none() | SIDES,
    secondary=st.none() | SIDES,
    volumes=st.lists(VOLUMES, max_size=2).map(tuple),
)
PLAIN = st.builds(
    ToldDisk,
    name=st.just(""),
    kind=st.just("plain"),
    size=SIZES,
    first=st.none(),
    second=st.none(),
    port=st.none(),
    primary=st.none(),
    secondary=st.none(),
    volumes=st.tuples(VOLUMES),
)
INSTANCES = st.builds(
    ToldInstance,
    name=NAMES,
    configured=st.sampled_from(["up", "down", "offline"]),
    actual=st.sampled_from(["up", "down", ""]),
    primary=NAMES,
    secondaries=st.lists(NAMES, max_size=2).map(tuple),
    hypervisor=st.sampled_from(["kvm", "fake", "xen-pvm"]),
    template=st.sampled_from(["drbd", "plain", "diskless"]),
    disks=st.lists(MIRRORED | PLAIN, max_size=3).map(
        lambda some: tuple(ToldDisk(**{**fields(one), "name": f"disk/{at}"}) for at, one in enumerate(some))
    ),
)


def fields(one: object) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def render(some: Iterable[ToldInstance], *, key: bool = False, tags: str = "") -> str:
    """As Ganeti prints it (lib/cli.py, PrintGenericInfo); `key`: with the secret that it printed up to 2.13.2."""
    return "\n".join(line for one in some for line in _instance(one, key=key, tags=tags)) + "\n"


def _instance(one: ToldInstance, *, key: bool, tags: str) -> list[str]:
    actual = f", actual state is {one.actual}" if one.actual else ""
    groups = ", ".join(f"{each} (group default, group UUID 73c962b5)" for each in one.secondaries)
    return [
        f"- Instance name: {one.name}",
        "  UUID: 1943686c-4454-4e65-bff1-efcfdb9fa460",
        "  Serial number: 3",
        "  Creation time: 2026-11-22 11:12:12",
        f"  State: configured to be {one.configured}{actual}",
        "  Nodes: ",
        f"    - primary: {one.primary}",
        "      group: default (UUID 73c962b5-05a0-42f7-9c14-31e93cbd946d)",
        f"    - secondaries: {groups}",
        "  Operating system: noop+default",
        "  Operating system parameters: ",
        f"    note: {tags}",
        "  Allocated network port: None",
        f"  Hypervisor: {one.hypervisor}",
        "  Back-end parameters: ",
        "    always_failover: default (False)",
        "  NICs: ",
        "    - nic/0: ",
        "      MAC: aa:00:00:35:ac:5b",
        f"  Disk template: {one.template}",
        "  Disks: ",
        *(line for disk in one.disks for line in _disk(disk, key=key)),
    ]


def _disk(one: ToldDisk, *, key: bool) -> list[str]:
    lines = [f"    - {one.name}: {one.kind}, size {one.size}", "      access mode: rw"]
    if one.first and one.second:
        lines += [
            f"      nodeA: {one.first[0]}, minor={one.first[1]}",
            f"      nodeB: {one.second[0]}, minor={one.second[1]}",
            f"      port: {one.port}",
            *(["      auth key: 5ecre7"] if key else []),
            *(f"      on {name}: {_side(side)}" for name, side in _both(one) if side),
        ]
        below = "        "
        if one.volumes:
            lines.append("      child devices: ")
        for at, volume in enumerate(one.volumes):
            lines += [f"        - child {at}: plain, size 64M", *(f"  {below}{text}" for text in _volume(volume))]
        return lines
    return [*lines, *(f"      {text}" for volume in one.volumes for text in _volume(volume))]


def _both(one: ToldDisk) -> list[tuple[str, ToldSide | None]]:
    return [("primary", one.primary), ("secondary", one.secondary)]


def _side(one: ToldSide) -> str:
    major, minor = ("N/A" if number is None else number for number in (one.major, one.minor))
    eta = f"{one.eta}s" if one.eta else "unknown"
    sync = "in sync" if one.recovering is None else f"*RECOVERING* {one.recovering:5.2f}%, ETA {eta}"
    word = f" *{one.word}*" if one.word else ""
    return f"{one.path} ({major}:{minor}) {sync}, status {'*DEGRADED*' if one.degraded else 'ok'}{word}"


def _volume(one: ToldVolume) -> list[str]:
    shown = [("primary", one.primary), ("secondary", one.secondary)]
    return [
        f"logical_id: {one.name}",
        *(f"on {where}: /dev/{one.name} (254:0){'' if there else f' {FAILED}'}"
          for where, there in shown if there is not None),
        "name: None",
    ]  # fmt: skip


@given(st.lists(INSTANCES, min_size=1, max_size=3), st.booleans())
def test_what_is_printed_is_what_is_read(some: list[ToldInstance], key: bool) -> None:  # noqa: FBT001 - drawn
    assert parse_instance_info(render(some, key=key)) == tuple(some)


LIKELY = st.sampled_from(
    ["- Instance name: a", "  State: configured to be up", "  Nodes: ", "    - primary: b", "  Hypervisor: kvm",
     "  Disk template: drbd", "  Disks: ", "    - disk/0: drbd, size 1G", "      nodeA: b, minor=", "      port: x",
     "      on primary: /dev/drbd0 (147:0) in sync, status", "      child devices: ", "        - child 0: plain",
     "*RECOVERING*", "- - - a: b", ":", "-"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(LIKELY | st.text(max_size=8), max_size=14).map("\n".join)))
def test_anything_else_is_one_error_with_its_line(text: str) -> None:
    error = error_of(text)
    assert error is None or (error.why and error.line.rstrip("…").strip() in text)


def error_of(text: str) -> ParseError | None:
    try:
        parse_instance_info(text)
    except ParseError as error:
        return error
    return None


@given(INSTANCES.filter(lambda one: any(disk.first for disk in one.disks)), st.text(max_size=20))
def test_a_damaged_line_is_named(one: ToldInstance, rubbish: str) -> None:
    spoilt = render([one]).replace(", minor=", f" minor={rubbish.replace(chr(10), '')}x", 1)
    with pytest.raises(ParseError) as caught:
        parse_instance_info(spoilt)
    assert caught.value.line


def test_a_secret_is_not_shown_even_where_the_line_is_damaged() -> None:
    with pytest.raises(ParseError) as caught:
        parse_instance_info("auth key: 5ecre7\n")
    assert "5ecre7" not in str(caught.value)


def test_a_parameter_may_hold_anything_even_line_ends() -> None:
    one = ToldInstance("a", "up", "", "b", (), "kvm", "diskless", ())
    assert parse_instance_info(render([one], tags="x\nno key here\n\tat all")) == (one,)


def test_what_a_real_cluster_printed_of_a_split_brain(data: Callable[[str], str]) -> None:
    (one,) = parse_instance_info(data("instance-info-split-brain.txt"))
    (disk,) = one.disks
    assert (one.name, one.configured, one.actual, one.hypervisor) == ("inst1.lab.example", "up", "up", "fake")
    assert (one.primary, one.secondaries) == ("hwhost-1.lab.example", ("hwhost-2.lab.example",))
    assert (disk.first, disk.second) == (("hwhost-1.lab.example", 0), ("hwhost-2.lab.example", 0))
    assert disk.primary == ToldSide("/dev/drbd0", 147, 0, None, None, degraded=True, word="")
    assert [volume.name.rpartition(".")[2] for volume in disk.volumes] == ["disk0_data", "disk0_meta"]
    assert all(volume.primary and volume.secondary for volume in disk.volumes)


CLOUD_INIT = """\
#cloud-config
users:
  - name: root
Disks:
    - disk/0: none of ours
- a list: of theirs
State: of mind"""


def test_a_parameter_may_be_a_file_that_looks_like_what_is_told() -> None:
    one = ToldInstance("a", "up", "up", "b", ("c",), "kvm", "diskless", ())
    two = ToldInstance("z", "down", "down", "b", (), "kvm", "diskless", ())
    assert parse_instance_info(render([one], tags=CLOUD_INIT) + render([two])) == (one, two)


def test_a_guest_may_have_shut_itself_down() -> None:
    one = ToldInstance("a", "up", "user down", "b", (), "kvm", "diskless", ())
    assert parse_instance_info(render([one])) == (one,)


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("file", "['loop', '/srv/ganeti/file-storage/a/disk0']"),
        ("sharedfile", "['blktap2', '/srv/a/disk0']"),
        ("rbd", "['rbd', 'a.rbd.disk0']"),
        ("ext", "['nfs', 'a.ext.disk0']"),
        ("blockdev", "['manual', '/dev/mapper/a']"),
    ],
)
def test_disks_of_other_kinds_have_no_volumes_of_ours(kind: str, own: str) -> None:
    one = ToldInstance("a", "up", "up", "b", (), "kvm", kind, ())
    text = render([one]) + f"    - disk/0: {kind}, size 1.0G\n      access mode: rw\n      logical_id: {own}\n"
    text += f"      on primary: {own[1:-1]} (N/A:N/A) in sync, status ok\n      name: None\n"
    ((disk,),) = [one.disks for one in parse_instance_info(text) if isinstance(one, ToldInstance)]
    assert (disk.kind, disk.size, disk.first, disk.volumes) == (kind, "1.0G", None, ())


def test_one_that_is_odd_costs_none_of_the_others() -> None:
    one = ToldInstance("a", "up", "up", "b", (), "kvm", "diskless", ())
    text = render([one]) + render([one]).replace("name: a", "name: odd").replace("configured to be", "dreams of")
    good, odd = parse_instance_info(text)
    assert good == one
    assert isinstance(odd, NotRead)
    assert (odd.name, odd.error.line.strip()) == ("odd", "dreams of up, actual state is up")
    said = explain(text, "3.0.2")
    assert said[0].startswith("a should be up")
    assert said[-1].startswith("odd was not understood: ")
