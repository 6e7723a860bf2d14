"""What a capture tells of each node, asked for by the command that told it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.capture.model import Capture, question
from engine.hosts.host import Result
from engine.hosts.reads import Read


class CapturedAnswers:
    """The answers of a capture by the name of their node; the first look counts, unless a later one is asked for."""

    def __init__(self, capture: Capture) -> None:
        self._answers: dict[str, dict[tuple[str, ...], list[Result]]] = {}
        for one in capture.answers:
            here = self._answers.setdefault(one.host.name, {})
            if isinstance(one.answer, Result):
                here.setdefault(question(one.argv), []).append(one.answer)

    def answers(self, node: str) -> bool:
        """Whether the node answered at all."""
        return bool(self._answers.get(node))

    def all(self, node: str) -> Iterator[Result]:
        """Each answer of a node, first looks only."""
        return (some[0] for some in self._answers.get(node, {}).values())

    def result(self, node: str, read: Read) -> Result | None:
        some = self._answers.get(node, {}).get(question(read.argv))
        return some[0] if some else None

    def text(self, node: str, read: Read) -> str | None:
        """What the command printed; None where it failed or was not asked for."""
        found = self.result(node, read)
        return found.stdout if found is not None and found.ok else None

    def later(self, node: str, read: Read) -> str | None:
        """What it printed at a second look; None if there was none."""
        some = self._answers.get(node, {}).get(question(read.argv), [])
        return some[-1].stdout if len(some) > 1 and some[0].stdout and some[-1].ok else None
