"""ssconf, defaults, addresses, the configuration."""

import json
from collections.abc import Callable

import pytest

from checks.cluster.parse.addresses import parse_addresses
from checks.cluster.parse.config import parse_config, parse_serial
from checks.cluster.parse.defaults import parse_defaults
from checks.cluster.parse.ssconf import parse_ssconf
from checks.look.output import ParseError
from tests.checks.imitation import ONE, SECRET, TWO, configuration

SSCONF = """\
/var/lib/ganeti/ssconf_cluster_name:cluster.lab.example
/var/lib/ganeti/ssconf_release_version:2.12.6
/var/lib/ganeti/ssconf_master_node:hwhost-1.lab.example
/var/lib/ganeti/ssconf_master_ip:2001:db8::64
/var/lib/ganeti/ssconf_node_list:hwhost-1.lab.example
/var/lib/ganeti/ssconf_node_list:hwhost-2.lab.example
/var/lib/ganeti/ssconf_master_candidates:hwhost-1.lab.example
/var/lib/ganeti/ssconf_offline_nodes:hwhost-2.lab.example
/var/lib/ganeti/ssconf_node_primary_ips:hwhost-1.lab.example 2001:db8::1
/var/lib/ganeti/ssconf_node_primary_ips:hwhost-2.lab.example 2001:db8::2
/var/lib/ganeti/ssconf_hvparams_kvm:kernel_args=ro
/var/lib/ganeti/backup/ssconf_master_node:hwhost-9.lab.example
"""


def test_ssconf_of_an_old_cluster_without_ports() -> None:
    found = parse_ssconf(SSCONF)
    assert found.cluster == "cluster.lab.example"
    assert found.nodes == ("hwhost-1.lab.example", "hwhost-2.lab.example")
    assert found.offline == ("hwhost-2.lab.example",)
    assert found.primary_ips["hwhost-2.lab.example"] == "2001:db8::2"
    assert (found.master, found.master_ip) == ("hwhost-1.lab.example", "2001:db8::64")
    assert found.ssh_ports == {}


def test_ports() -> None:
    assert parse_ssconf(SSCONF + "/var/lib/ganeti/ssconf_ssh_ports:hwhost-1.lab.example=2222\n").ssh_ports == {
        "hwhost-1.lab.example": 2222
    }


@pytest.mark.parametrize(
    "spoilt",
    [
        SSCONF.replace("ssconf_node_list", "ssconf_other"),
        SSCONF.replace("hwhost-2.lab.example 2001:db8::2", "hwhost-2.lab.example -c1"),
        SSCONF.replace("node_list:hwhost-2", "node_list:$(reboot)"),
        SSCONF + "/var/lib/ganeti/ssconf_ssh_ports:hwhost-1.lab.example=99999\n",
        SSCONF + "/var/lib/ganeti/ssconf_ssh_ports:hwhost-1.lab.example=²\n",
        SSCONF + "grep: /var/lib/ganeti/ssconf_x: binary file matches\n",
        SSCONF + "/var/lib/ganeti/ssconf_master_node:hwhost-2.lab.example\n",
    ],
)
def test_ssconf_that_is_not_to_be_trusted(spoilt: str) -> None:
    with pytest.raises(ParseError):
        parse_ssconf(spoilt)


def test_defaults_as_debian_ships_them(data: Callable[[str], str]) -> None:
    found = parse_defaults(data("default-ganeti.txt"))
    assert found.words("RAPI_ARGS") == ("-b", "127.0.0.1", "--require-authentication")
    assert found.words("WCONFD_ARGS") == ()
    assert found.words("NO_SUCH_ARGS") == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('LUXID_ARGS="--no-voting --yes-do-it"', ("--no-voting", "--yes-do-it")),
        ("LUXID_ARGS='--no-voting --yes-do-it'  # until hwhost-1 is back", ("--no-voting", "--yes-do-it")),
        ("export LUXID_ARGS=--debug", ("--debug",)),
        ('LUXID_ARGS="-d"\nLUXID_ARGS=""', ()),
        ('# LUXID_ARGS="--no-voting"', ()),
    ],
)
def test_how_a_line_may_be_written(line: str, words: tuple[str, ...]) -> None:
    assert parse_defaults(line + "\n").words("LUXID_ARGS") == words


@pytest.mark.parametrize(
    "line",
    [
        "LUXID_ARGS=--no-voting --yes-do-it",
        'LUXID_ARGS="$WCONFD_ARGS"',
        "LUXID_ARGS=`cat /etc/flags`",
        'LUXID_ARGS="--no-voting',
        "LUXID_ARGS= --no-voting",
        ". /etc/default/other",
    ],
)
def test_lines_whose_meaning_only_a_shell_knows(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_defaults(f"NODED_ARGS=\n{line}\n")
    assert caught.value.line == line


def test_addresses_without_the_lines_of_old_versions() -> None:
    text = (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN \\    link/loopback 00:00\n"
        "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n"
        "7: loopback1    inet 10.77.0.100/32 scope global loopback1\\       valid_lft forever\n"
        "3: vec0    inet 10.0.0.1 peer 10.0.0.2/32 scope global vec0\\  valid_lft forever\n"
        "7: loopback1    inet6 fe80::c87c:b0ff:fe63:3500/64 scope link \\       valid_lft forever\n"
    )
    assert [(one.interface, one.address) for one in parse_addresses(text)] == [
        ("lo", "127.0.0.1"),
        ("loopback1", "10.77.0.100"),
        ("vec0", "10.0.0.1"),
        ("loopback1", "fe80::c87c:b0ff:fe63:3500"),
    ]


def test_configuration() -> None:
    found = parse_config(json.dumps(configuration()))
    first = found.instances["1943686c"]
    assert found.secondaries_of(first) == (TWO,)
    assert found.disks_of(first)[0].volumes == ("vg0/b7a2c794.disk0_data", "vg0/b7a2c794.disk0_meta")
    assert found.serial_no == 40


def test_the_old_word_for_drbd() -> None:
    text = json.dumps(configuration()).replace('"drbd"', '"drbd8"')
    found = parse_config(text)
    assert found.secondaries_of(found.instances["62c7ca96"]) == (ONE,)


def test_no_secret_is_shown() -> None:
    assert SECRET not in repr(parse_config(json.dumps(configuration())))


@pytest.mark.parametrize("parse", [parse_config, parse_serial])
def test_no_secret_is_in_an_error(parse: Callable[[str], object]) -> None:
    broken = configuration() | {"serial_no": SECRET, "nodes": {SECRET: SECRET}}
    for text in (json.dumps(broken), json.dumps(configuration())[:-2], f'{{"{SECRET}": }}'):
        with pytest.raises(ParseError) as caught:
            parse(text)
        error = caught.value
        assert SECRET not in " ".join((str(error), error.line, error.hint, repr(error.__cause__)))


def test_copies_with_numbers_that_are_none() -> None:
    for wrong in ({"mtime": float("inf")}, {"serial_no": 1.5}, {"serial_no": None}):
        with pytest.raises(ParseError):
            parse_serial(json.dumps(configuration() | wrong))
