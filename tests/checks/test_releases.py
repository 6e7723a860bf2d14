"""What differs between releases of Ganeti stands in one table, and in no other place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks import releases
from checks.releases import IMITATED, NEWEST, OLDEST, USUAL, Feature
from checks.version import Version
from checks.world.scenario_model import Scenario
from tests.rehearsals.rehearsal import SHOP

CHECKS = Path(releases.__file__).parent
FEATURES = {name: one for name, one in vars(releases).items() if isinstance(one, Feature)}
RELEASE = re.compile(r"(?<![\d.])(?:2\.1\d|3\.\d)(?:\.\d+)?(?![\d.]*\d)")
RSYNC = "3.2.7"
AS_DEBIAN_HAS_IT = {("SSH_PORTS_FILE", "2.12")}
"""What the imitated release does not have although the version that it names has it: Debian's 2.12.4 has not."""


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """The texts that are not there only to be read in the source."""
    told = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in told:
            yield one


def test_no_other_file_names_a_release() -> None:
    found = [
        f"{path.relative_to(CHECKS)}:{one.lineno}: {one.value!r}"
        for path in sorted(CHECKS.rglob("*.py"))
        if path != CHECKS / "releases.py"
        for one in texts(ast.parse(path.read_text("utf-8")))
        if RELEASE.search(one.value.replace(RSYNC, ""))
    ]
    assert found == []


def test_a_release_is_found_where_one_is_named() -> None:
    named = [one.value for one in texts(ast.parse((CHECKS / "releases.py").read_text("utf-8")))]
    assert {one for one in named if RELEASE.fullmatch(one)} >= {"2.12", "2.13", "2.16", "3.0", "3.1", "3.1.1"}
    assert RELEASE.search("since 2.16 it ends")
    assert not any(map(RELEASE.search, ("8.4.11", "192.0.2.12", "10.3.1.2", "2.1", "13.0", "v12.16")))


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_begins_and_ends_where_it_says(name: str) -> None:
    one = FEATURES[name]
    assert one.source
    assert one.first or one.before
    if one.first:
        release, _, candidate = one.first.partition("~")
        assert one.on(one.first)
        assert one.on(release)
        assert one.on(f"{release}.0")
        assert one.on(f"{release}~{candidate or 'rc1'}") == bool(candidate)
        assert not one.on(f"{release}~beta1")
        assert not one.on("2.11.8")
    if one.before:
        release, _, candidate = one.before.partition("~")
        assert not one.on(one.before)
        assert not one.on(release)
        assert one.on(f"{release}~beta1")
    assert one.on("4.0") == (not one.before)


@pytest.mark.parametrize("name", FEATURES)
def test_what_came_with_a_candidate_is_there_from_it_on(name: str) -> None:
    """Debian 13 has a candidate: what its packages do is not what the release before did."""
    one = FEATURES[name]
    for number, candidate in re.findall(r"NEWS (\d+\.\d+\.\d+) (rc\d+)", one.source):
        assert f"{number}~{candidate}" in {one.first, one.before}


@pytest.mark.parametrize("name", FEATURES)
def test_facts_and_the_embedded_cluster_take_a_release_for_the_same(name: str) -> None:
    differ = {
        release for release, one in IMITATED.items() if FEATURES[name].on(release) != FEATURES[name].on(one.version)
    }
    assert {(name, release) for release in differ} <= AS_DEBIAN_HAS_IT


def test_nothing_is_there_on_a_version_that_cannot_be_told() -> None:
    assert not any(one.on("unknown") for one in FEATURES.values() if one.first)


def test_the_imitated_releases_go_from_the_oldest_to_the_newest() -> None:
    assert [*IMITATED] == sorted(IMITATED, key=Version)
    assert [one.config for one in IMITATED.values()] == sorted(one.config for one in IMITATED.values())
    assert all(one.version.startswith(f"{name}.") for name, one in IMITATED.items())
    assert all(one.package.startswith(f"{name}.") for name, one in IMITATED.items())
    assert Scenario(description="x").version == USUAL


@pytest.mark.parametrize("version", ["2.16", "3.2", "", "3.0.2"])
def test_what_is_not_imitated_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match=re.escape("not a release that is imitated, which are 2.12, 2.15, 3.0, 3.1")):
        Scenario(description="x", version=version)


@pytest.mark.parametrize("runbook", SHOP.library.ids())
def test_no_runbook_was_written_for_a_release_that_nobody_knows(runbook: str) -> None:
    versions = SHOP.library.load(runbook).runbook.versions
    for bound in (versions.from_, versions.to):
        assert bound is None or Version(OLDEST) <= bound <= Version(f"{NEWEST}.99")
