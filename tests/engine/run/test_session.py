"""A run is put together in one place, so that what tests make is what commands make."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
SESSION = ROOT / "engine" / "run" / "session.py"


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    """All code of ours, by file."""
    for folder in ("engine", "checks", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_bytes())):
                yield path, node


def test_a_run_is_put_together_and_made_in_one_place() -> None:
    makers = {"RunContext": set[Path](), "execute": set[Path]()}
    for path, node in nodes():
        match node:
            case ast.Call(func=ast.Name(id="RunContext") | ast.Attribute(attr="RunContext")):
                makers["RunContext"].add(path)
            case ast.ImportFrom(module="engine.run.execute", names=names) if "execute" in {one.name for one in names}:
                makers["execute"].add(path)
    assert makers == {"RunContext": {SESSION}, "execute": {SESSION}}
