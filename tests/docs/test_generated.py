"""What is made from the program is as the program is now."""

import json

import pytest

from engine.plain_yaml import load_yaml
from tests.docs.generated import DOCS, ROOT, everything, shapes_in

FILES = everything()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_is_up_to_date(path: object) -> None:
    assert path.read_text(encoding="utf-8") == FILES[path], "run `make docs`"


def test_every_runbook_has_its_page_and_no_page_is_left_of_another() -> None:
    pages = {path.stem for path in (DOCS / "runbooks").iterdir()}
    assert pages == {path.stem for path in (ROOT / "runbooks").glob("*.yaml")}


def test_the_runbooks_name_the_schema_by_a_path_that_leads_to_it() -> None:
    for path in (ROOT / "runbooks").glob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        assert (path.parent / first.split("=", 1)[1]).resolve() == DOCS / "runbook.schema.json"


def test_the_schema_in_the_docs_knows_every_key_of_our_runbooks() -> None:
    known = json.loads((DOCS / "runbook.schema.json").read_text(encoding="utf-8"))["properties"]
    for path in (ROOT / "runbooks").glob("*.yaml"):
        assert set(load_yaml(path.read_text("utf-8"), aliases=True)) <= set(known)


def test_types_within_types_are_found() -> None:
    class Plain:
        pass

    Plain.__module__ = "checks.made.up"
    assert list(shapes_in(tuple[Plain | None, ...])) == [Plain]
    assert list(shapes_in(dict[str, list[int]])) == []
