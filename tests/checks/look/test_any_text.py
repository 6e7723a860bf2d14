"""Whatever a host prints, a parser understands it or raises its one error."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.cluster.parse.addresses import parse_addresses
from checks.cluster.parse.config import parse_config, parse_serial
from checks.cluster.parse.defaults import parse_defaults
from checks.cluster.parse.processes import parse_processes
from checks.cluster.parse.ssconf import parse_ssconf
from checks.drbd.parse.generations import parse_generations
from checks.drbd.parse.modprobe import parse_options
from checks.drbd.parse.proc_drbd import parse_proc_drbd
from checks.explain.instance_info import parse_instance_info
from checks.hosts.parse.checksums import parse_checksums, parse_links
from checks.hosts.parse.packages import parse_packages
from checks.jobs.parse.job import parse_job, parse_queue
from checks.jobs.parse.locks import parse_locks
from checks.look.numbers import parse_seconds, utc_text
from checks.look.output import ParseError
from checks.lvm.parse.block_devices import parse_lsblk, parse_wipefs
from checks.lvm.parse.filters import accepted
from checks.lvm.parse.lvm_conf import parse_lvm_conf
from checks.lvm.parse.mapper import parse_mapper
from checks.lvm.parse.volumes import parse_extents, parse_groups, parse_members, parse_tagged, parse_volumes
from checks.ssh.parse.public_key import keys_in, parse_public_key
from checks.ssh.parse.ssh_config import parse_effective, ports_set

PARSERS = [
    keys_in,
    parse_addresses,
    parse_checksums,
    parse_effective,
    parse_config,
    parse_defaults,
    parse_extents,
    parse_generations,
    parse_groups,
    parse_instance_info,
    parse_job,
    parse_links,
    parse_locks,
    parse_lsblk,
    parse_mapper,
    parse_members,
    parse_options,
    parse_packages,
    parse_proc_drbd,
    parse_processes,
    parse_public_key,
    parse_queue,
    parse_serial,
    parse_ssconf,
    parse_tagged,
    parse_volumes,
    parse_wipefs,
    ports_set,
    lambda text: accepted((text,), "/dev/drbd0"),
    lambda text: parse_lvm_conf(text, "lvm.conf"),
    lambda text: parse_seconds(text, "date"),
]
LIKELY = st.sampled_from(
    [
        "version: 8.4.11 (api:1)", " 0: cs:Connected ro:Primary/", "sync'ed: 3.", "  17 1 root Ss 12 /bin/x",
        "python3 /x/jqueue/exec.py", "/var/lib/ganeti/ssconf_", "node_list:", "ssh_ports:a=", "cluster_name:",
        "/var/lib/ganeti/queue/job-", "1:", '{"id": 1, "ops": [', "]", "}", "WCONFD_ARGS=", '"', "'", "$", "#",
        "devices {", "filter =", "a|", "r/", "/etc/modprobe.d/x.conf:options drbd a=",
        "1: lo    inet ", "127.0.0.1/8", "[[", "99999999999999999999", "\n", "\\", " ", "\x00", "\r", "é",
    ]
)  # fmt: skip
TEXT = st.one_of(st.text(), st.lists(LIKELY | st.text(max_size=5), max_size=12).map("".join))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "ops", "input", "status", "log", "nodes", "instances", "disks", "name", "mtime"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
).map(json.dumps)


def error_of(parser: Callable[[str], object], text: str) -> ParseError | None:
    try:
        parser(text)
    except ParseError as error:
        return error
    return None


@pytest.mark.parametrize("parser", PARSERS)
@given(text=TEXT | JSON)
def test_nothing_but_the_one_error(parser: Callable[[str], object], text: str) -> None:
    error = error_of(parser, text)
    assert error is None or (error.what and error.why and len(error.line) <= 201)


@pytest.mark.parametrize("parser", [parse_job, parse_locks, parse_config, parse_serial])
@pytest.mark.parametrize("text", ["[" * 100_000, '{"id":' + "9" * 5000 + "}", "\ud800", ""])
def test_json_made_to_break_parsers(parser: Callable[[str], object], text: str) -> None:
    with pytest.raises(ParseError):
        parser(text)


@given(st.floats(allow_nan=False) | st.integers())
def test_every_number_can_be_shown_as_a_moment(seconds: float) -> None:
    assert utc_text(seconds)
