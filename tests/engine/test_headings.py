"""Headings that were written down count only for what was linted then; all else is read."""

import json
from pathlib import Path

import pytest

from checks.shipped import shipped as ours
from engine.cli.wiring import Workshop
from engine.headings import FILE, Shipped, headings, shipped, written_down
from engine.settings import Settings

BROKEN = "format: 1\n"


@pytest.fixture
def pack(tmp_path: Path) -> Shipped:
    """A copy of what came with the program."""
    folder = tmp_path / "runbooks"
    folder.mkdir()
    for file in ours.runbooks.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    return Shipped(folder, folder / "drills")


def test_the_headings_are_those_of_the_runbooks_as_they_are_read() -> None:
    found = shipped()
    assert found == (ours,)
    known = headings(found, ())
    assert known is not None
    loaded, broken = Workshop(Settings()).library.load_all()
    assert broken == ()
    assert list(known) == [one.heading for one in loaded]
    written = json.loads((ours.runbooks / FILE).read_text("utf-8"))
    assert written == {one.id: written_down(one) for one in known}


@pytest.mark.parametrize("what", ["changed", "added", "removed", "no headings", "damaged headings", "other headings"])
def test_what_is_not_as_it_was_linted_is_read(pack: Shipped, what: str) -> None:
    assert headings([pack], ()) is not None
    file = pack.runbooks / "stuck-job.yaml"
    match what:
        case "changed":
            file.write_bytes(file.read_bytes() + b"# more\n")
        case "added":
            (pack.runbooks / "more.yaml").write_text(BROKEN)
        case "removed":
            file.unlink()
        case "no headings":
            (pack.runbooks / FILE).unlink()
        case "damaged headings":
            (pack.runbooks / FILE).write_text("{")
        case _:
            (pack.runbooks / FILE).write_text('{"stuck-job": []}')
    assert headings([pack], ()) is None


def test_with_a_runbook_of_the_site_all_are_read(pack: Shipped, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    assert headings([pack], [own, tmp_path / "not there"]) is not None
    (own / ".hidden.yaml").write_text(BROKEN)
    assert headings([pack], [own]) is not None
    (own / "stuck-job.yaml").write_text(BROKEN)
    assert headings([pack], [own]) is None


def test_two_packs_with_a_runbook_of_one_name_are_read(pack: Shipped) -> None:
    assert headings([pack, ours], ()) is None
