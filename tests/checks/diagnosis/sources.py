"""What the rules of the diagnosis say in their own text, for what no single run of them could show."""

import ast
from collections.abc import Iterator
from pathlib import Path

CHECKS = Path(__file__).resolve().parents[3] / "checks"
SOURCES = {str(path.relative_to(CHECKS)): ast.parse(path.read_text("utf-8")) for path in sorted(CHECKS.rglob("*.py"))}
"""Each file of the pack, by its path."""


def called(function: str) -> Iterator[ast.Call]:
    """Each call of a function of this name."""
    for tree in SOURCES.values():
        for one in ast.walk(tree):
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == function:
                yield one


def texts(node: ast.AST) -> set[str]:
    """The texts in it that are written out."""
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
