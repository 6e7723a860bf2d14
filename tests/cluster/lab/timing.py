"""How long each part took: printed at once, and kept for the table at the end of a test run."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


def say(text: str) -> None:
    """Tell the person at once: a part may take minutes."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass
class Timings:
    """The parts in the order they ended."""

    parts: list[tuple[str, float]] = field(default_factory=list)
    quiet: bool = False

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            seconds = time.monotonic() - started
            self.parts.append((name, seconds))
            if not self.quiet:
                say(f"part {name} {seconds:.1f} s")

    def table(self) -> list[str]:
        """One line a part, the repeated ones (a reset for each test) added up with their count."""
        seen: dict[str, list[float]] = {}
        for name, seconds in self.parts:
            seen.setdefault(name, []).append(seconds)
        return [f"{sum(times):8.1f} s  {len(times):3d} x  {name}" for name, times in seen.items()]
