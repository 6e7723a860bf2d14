from __future__ import annotations

from pathlib import Path

import pytest

from engine.clock import Clock
from engine.errors import UsageError
from engine.exits import Exit
from engine.knowledge import Knowledge, ParameterType
from engine.load.library import Library, knowledge_of
from engine.load.problems import InvalidRunbookError
from engine.packs import Pack

TEXT = """\
format: 1
id: {id}
title: {title}
summary: An example.
parameters:
  job: {{type: lab.job, help: The job}}
steps:
  - {{id: one, title: One, manual: Do it., effect: safe, undo: none}}
"""


def write(folder: Path, runbook: str, title: str = "An example") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{runbook}.yaml"
    file.write_text(TEXT.format(id=runbook, title=title))
    return file


@pytest.fixture
def pack(tmp_path: Path, knowledge: Knowledge) -> Pack:
    write(tmp_path / "pack", "stuck-job", "The pack's")
    write(tmp_path / "pack", "lost-master")
    (tmp_path / "pack" / "notes.txt").write_text("no runbook")
    (tmp_path / "pack" / ".draft.yaml").write_text("no runbook")
    return Pack(
        name="lab",
        discover=None,
        local_entry=lambda: None,
        runbooks=tmp_path / "pack",
        facts=knowledge.facts,
        checks=knowledge.checks,
        parameter_types=knowledge.parameter_types,
    )


def test_the_runbooks_of_packs_and_of_the_site_are_known_by_name(pack: Pack, tmp_path: Path) -> None:
    write(tmp_path / "site", "our-own")
    library = Library([pack], [tmp_path / "site", tmp_path / "not-there"])
    assert library.ids() == ("lost-master", "our-own", "stuck-job")
    assert library.load("our-own").origin == str(tmp_path / "site" / "our-own.yaml")


def test_the_site_wins_over_a_pack_and_it_is_said(pack: Pack, tmp_path: Path) -> None:
    first = write(tmp_path / "first", "stuck-job", "The first's")
    second = write(tmp_path / "second", "stuck-job", "The second's")
    loaded = Library([pack], [first.parent, second.parent]).load("stuck-job")
    assert loaded.runbook.title == "The first's"
    assert loaded.instead_of == (str(second), str(tmp_path / "pack" / "stuck-job.yaml"))
    assert Library([pack]).load("stuck-job").instead_of == ()


def test_an_unknown_name_is_answered_with_the_nearest(pack: Pack) -> None:
    with pytest.raises(UsageError) as caught:
        Library([pack]).load("stuk-job")
    assert caught.value.code == "runbook-unknown"
    assert caught.value.exit is Exit.USAGE
    assert "did you mean 'stuck-job'?" in caught.value.what


def test_a_path_is_loaded_as_it_is(pack: Pack, tmp_path: Path) -> None:
    file = write(tmp_path / "elsewhere", "stuck-job", "Elsewhere")
    assert Library([pack]).load(str(file)).runbook.title == "Elsewhere"


@pytest.mark.parametrize("name", ["nothing.yaml", "./nothing", "../pack"])
def test_a_path_to_nothing_is_a_mistake_of_the_caller(
    name: str, pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        Library([pack]).load(name)
    assert caught.value.code == "runbook-unreadable"


def test_one_broken_file_does_not_hide_the_others(pack: Pack, tmp_path: Path) -> None:
    broken = write(tmp_path / "site", "broken")
    broken.write_text("format: 1\n")
    dangling = tmp_path / "site" / "dangling.yaml"
    dangling.symlink_to(tmp_path / "gone")
    loaded, errors = Library([pack], [tmp_path / "site"]).load_all()
    assert [one.runbook.id for one in loaded] == ["lost-master", "stuck-job"]
    assert [type(error) for error in errors] == [InvalidRunbookError, UsageError]
    assert str(broken) in errors[0].why
    assert str(dangling) in errors[1].what


def test_a_broken_file_of_the_site_is_not_replaced_by_the_packs(pack: Pack, tmp_path: Path) -> None:
    write(tmp_path / "site", "stuck-job").write_text("format: 1\n")
    library = Library([pack], [tmp_path / "site"])
    with pytest.raises(InvalidRunbookError):
        library.load("stuck-job")


def test_a_folder_that_cannot_be_read_is_told(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UsageError) as caught:
        Library([pack], [tmp_path / "site"]).ids()
    assert caught.value.code == "runbook-folder"
    assert caught.value.why == "Permission denied"


def test_packs_add_up_and_the_first_keeps_its_names(pack: Pack, tmp_path: Path) -> None:
    def other(clock: Clock) -> None:
        raise NotImplementedError

    more = Pack(
        name="more",
        discover=None,
        local_entry=lambda: None,
        runbooks=tmp_path,
        facts={"lab.job": other, "more.fact": other},
        parameter_types={"more.type": ParameterType(str, "anything", str)},
    )
    known = knowledge_of([pack, more])
    assert known.facts["lab.job"] is pack.facts["lab.job"]
    assert known.facts["more.fact"] is other
    assert set(known.parameter_types) == {"lab.job", "more.type"}
    assert set(known.checks) == {"lab.is_over"}
