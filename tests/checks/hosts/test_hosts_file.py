"""/etc/hosts: names are moved to their address, and nothing else in the file is touched."""

from hypothesis import given
from hypothesis import strategies as st

from checks.hosts.parse.hosts_file import parse_hosts, with_names

DEBIAN = """\
127.0.0.1\tlocalhost
127.0.1.1\thwhost-2.lab.example\thwhost-2
# The following lines are desirable for IPv6 capable hosts
::1     localhost ip6-localhost ip6-loopback
10.0.0.9  printer # not ours
"""
WANTED = {"hwhost-2.lab.example": "10.77.0.2", "cluster.lab.example": "10.77.0.100"}


def beside(text: str, name: str) -> list[str]:
    return [line.address for line in parse_hosts(text) if name in line.names]


def test_the_line_that_debian_adds_goes_and_the_others_stay() -> None:
    after = with_names(DEBIAN, WANTED)
    kept = [line for line in DEBIAN.splitlines() if not line.startswith("127.0.1.1")]
    assert after.splitlines()[:4] == kept
    assert after.splitlines()[4:] == [
        "10.77.0.2\thwhost-2.lab.example hwhost-2",
        "10.77.0.100\tcluster.lab.example cluster",
    ]


def test_only_the_name_goes_from_a_line_that_has_others_too() -> None:
    text = "127.0.0.1 localhost HWHOST-2 # as installed\n::1 hwhost-2.lab.example hwhost-2\n"
    after = with_names(text, {"hwhost-2.lab.example": "10.77.0.2"})
    assert after == "127.0.0.1\tlocalhost # as installed\n10.77.0.2\thwhost-2.lab.example hwhost-2\n"


def test_a_line_that_is_right_is_left_alone() -> None:
    text = "10.77.0.2   hwhost-2 hwhost-2.lab.example\n"
    assert with_names(text, {"hwhost-2.lab.example": "10.77.0.2"}) == text


LABELS = st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True)
NAMES = st.builds(lambda one: f"{one}.lab.example", LABELS)
ADDRESSES = st.ip_addresses().map(str)
LINES = st.builds(lambda address, names: f"{address} {' '.join(names)}", ADDRESSES, st.lists(NAMES, min_size=1))


@given(st.lists(LINES | st.just("# a comment")), st.dictionaries(NAMES, ADDRESSES, max_size=4))
def test_afterwards_every_name_is_where_it_should_be_and_a_second_time_changes_nothing(
    lines: list[str], wanted: dict[str, str]
) -> None:
    text = "".join(f"{line}\n" for line in lines)
    after = with_names(text, wanted)
    assert all(beside(after, full) == [address] for full, address in wanted.items())
    assert with_names(after, wanted) == after
    others = {name for line in parse_hosts(text) for name in line.names} - wanted.keys()
    assert all(beside(after, name) == beside(text, name) for name in others if name.split(".")[0] not in wanted)


@given(st.text())
def test_any_text_is_read_and_nothing_wanted_changes_no_line(text: str) -> None:
    lines = parse_hosts(text)
    assert "\n".join(line.text for line in lines) == text.removesuffix("\n")
    assert with_names(text, {}).removesuffix("\n") == text.removesuffix("\n")
