"""A cluster of many nodes: what is said of it fits on a screen, and all of it is there for machines."""

import pytest

from checks.world.scenarios import FOLDER, cluster_of, load
from checks.world.site_model import ScenarioSite
from engine.cli.diagnose import as_data, in_words
from tests.checks.diagnosis.clinic import Patient

NAMES = tuple(f"n{number}.example.net" for number in range(1, 41))
LINES = 60
"""On the screen for a finding or two, and what could not be found out."""
WIDTH = 700
"""Characters of a line, before it is folded."""


@pytest.mark.parametrize("scenario", ["master-failover", "pub-keys-rebuild"])
def test_what_is_said_of_a_large_cluster_is_short(scenario: str) -> None:
    known = load(FOLDER.joinpath(f"{scenario}.yaml"), ScenarioSite(nodes=NAMES))
    ill = Patient(cluster_of(known), known.first_asked)
    found = ill.diagnosed()
    lines = [line for one in in_words("large", found) for line in one.text.splitlines()]
    assert len(lines) < LINES, "\n".join(lines)
    assert max(map(len, lines)) < WIDTH
    assert any("others" in line for line in lines)
    whole = as_data("large", found)
    assert set(whole["answered"]) | set(whole["silent"]) == set(NAMES)
    for one in found.findings:
        (told,) = [each for each in whole["findings"] if each["key"] == one.key]
        assert told["evidence"] == list(one.evidence)
    if scenario == "master-failover":
        gone = next(one for one in found.findings if one.code == "master-gone")
        assert all(any(line.startswith(f"{name}: ") for line in gone.evidence) for name in NAMES)
        assert f"{len(NAMES) - 1} others: names {NAMES[0]} as master; no sign of a master" in "\n".join(lines)
