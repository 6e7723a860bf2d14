"""Tables as the gnt commands print them: columns as wide as their widest cell, the last one not padded."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[str] = (),
    separator: str | None = None,
    headers: bool = True,
) -> list[str]:
    """Lines of a table. With a separator nothing is padded."""
    lines = [list(header), *map(list, rows)] if headers else [list(row) for row in rows]
    if separator is not None:
        return [separator.join(line) for line in lines]
    if not lines:
        return []
    widths = [max(len(line[index]) for line in lines) for index in range(len(header))]
    done = []
    for line in lines:
        cells = []
        for index, cell in enumerate(line):
            last = index == len(line) - 1
            if header[index] in right:
                cells.append(cell.rjust(widths[index]))
            else:
                cells.append(cell if last else cell.ljust(widths[index]))
        done.append(" ".join(cells))
    return done
