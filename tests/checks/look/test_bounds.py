"""What nodes say is read in as much time as it is long, however it is made."""

import pytest

from checks.captures.redact import redact
from checks.cluster.parse.config import parse_config
from checks.cluster.parse.ssconf import parse_ssconf
from checks.drbd.parse.modprobe import parse_options
from checks.explain.instance_info import _outside_brackets
from checks.jobs.parse.job import parse_job
from checks.look.output import ParseError
from checks.lvm.parse.filters import accepted
from checks.lvm.parse.lvm_conf import parse_lvm_conf

MUCH = 200_000


def test_sections_of_lvm_in_each_other_have_an_end() -> None:
    with pytest.raises(ParseError, match="sections in each other"):
        parse_lvm_conf("a{" * 10_000, "lvm.conf")


@pytest.mark.parametrize("pattern", ["a|(a+)+$|", r"r|(.*)\1x|", "a|.*.*.*x|", "r|(/|/dev)*(x|/dev)*y|"])
def test_a_filter_of_lvm_that_can_take_for_ever_is_not_tried(pattern: str) -> None:
    with pytest.raises(ParseError, match="filter of LVM"):
        accepted([pattern], "/dev/" + "a" * 60)
    with pytest.raises(ParseError, match="too long"):
        accepted(["a|.*|"], "/dev/" + "a" * 300)


def test_a_cluster_of_very_many_nodes_is_none() -> None:
    lines = [f"/var/lib/ganeti/ssconf_{key}:x" for key in ("cluster_name", "release_version", "master_node")]
    lines += ["/var/lib/ganeti/ssconf_master_ip:192.0.2.1", "/var/lib/ganeti/ssconf_master_candidates:x"]
    lines += [f"/var/lib/ganeti/ssconf_node_list:n{number}" for number in range(3000)]
    with pytest.raises(ParseError, match="more than 2000 lines"):
        parse_ssconf("\n".join(lines))


def test_a_long_run_of_blanks_is_read_once() -> None:
    blanks = " " * MUCH
    (found,) = parse_options(f"/etc/modprobe.d/x:{blanks}options{blanks}drbd{blanks}a=b{blanks}c{blanks}")
    assert (found.module, found.values) == ("drbd", {"a": "b", "c": ""})
    assert _outside_brackets(f"a{blanks}, b ({blanks}), c{blanks}(x)") == ["a", "b", "c"]


@pytest.mark.parametrize("depth", [500, 20_000])
def test_json_that_is_nested_too_deeply_is_damaged_json(depth: int) -> None:
    nested = '{"children": [' * depth + "]}" * depth
    for parse in (parse_config, parse_job):
        with pytest.raises(ParseError):
            parse(nested)
    seen: list[str] = []
    said = redact(("cat", "/x"), nested, lambda secret: seen.append(secret) or "REDACTED")  # type: ignore[func-returns-value]
    assert isinstance(said, str)
