"""A function is known by the name written above it, wherever its module lies; and by that name only once."""

import sys
import zipfile
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from engine.markers import Marker

HEAD = "from engine.knowledge import check, fact\nfrom lamps.marked import lit\n"
MODULES = {
    "__init__": "",
    "marked": "from engine.markers import Marker\nlit = Marker('lamp')\n",
    "z_first": HEAD + "@lit('b')\ndef one(): return 1\n@lit('a')\ndef two(): return 2\ndef none(): ...\n",
    "room/__init__": "",
    "room/deep": HEAD
    + "from lamps.z_first import one\n@fact('lamps.other')\ndef other(): ...\n@lit('c')\ndef three(): ...\n",
}


@pytest.fixture(params=["folder", "archive"])
def lamps(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with a package below it, as files or in an archive."""
    files = {f"lamps/{name}.py": text for name, text in MODULES.items()}
    where = tmp_path if request.param == "folder" else tmp_path / "lamps.zip"
    if request.param == "folder":
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
    else:
        with zipfile.ZipFile(where, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
    monkeypatch.syspath_prepend(str(where))
    yield where
    for name in [one for one in sys.modules if one.partition(".")[0] == "lamps"]:
        del sys.modules[name]
    invalidate_caches()


def test_what_is_marked_is_found_below_in_the_order_of_the_names(lamps: Path) -> None:
    found = Marker("lamp").gathered("lamps")
    assert [(name, one.__name__) for name, one in found.items()] == [("a", "two"), ("b", "one"), ("c", "three")]
    assert list(Marker("fact").gathered("lamps")) == ["lamps.other"]
    assert list(Marker("lamp").gathered("lamps.room")) == ["c"]
    assert list(Marker("lamp").gathered("lamps.z_first", "lamps.room.deep")) == ["a", "b", "c"]


def test_a_marked_function_is_what_it_was(lamps: Path) -> None:
    assert Marker("lamp").gathered("lamps")["b"]() == 1


def test_each_name_of_a_function_leads_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "many_names.py").write_text(
        "from engine.knowledge import fact\n@fact('lamps.lit', 'lamps.on')\ndef lit(): return 1\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = Marker("fact").gathered("many_names")
    assert list(found) == ["lamps.lit", "lamps.on"]
    assert found["lamps.lit"] is found["lamps.on"]


def test_a_name_that_two_functions_have_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("north", "south"):
        (tmp_path / f"twice_{name}.py").write_text(
            "from engine.knowledge import fact\n@fact('lamps.lit')\ndef lit(): ...\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ValueError, match=r"'lamps.lit' is there twice: in twice_north\.lit and twice_south\.lit"):
        Marker("fact").gathered("twice_north", "twice_south")
