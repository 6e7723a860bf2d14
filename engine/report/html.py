"""A report as one HTML file that needs nothing else: no script, no picture, no font from anywhere."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from engine import english
from engine.english import duration, plural
from engine.operator.screen import harmless
from engine.report import words
from engine.report.model import Command, Happening, Report, TimelineRow
from engine.report.words import bounded

LINES = 400
WIDTH = 1000
"""Units of the timeline from its left to its right end."""
NARROWEST = 2.0
"""Units: a shorter time is drawn as wide as this, to be seen at all."""


def as_html(report: Report, *, refresh: int = 0) -> str:
    """The whole report.

    Args:
        report: what to show.
        refresh: seconds after which a browser reads the page again; 0 for never.
    """
    return page("report.html.j2", report=report, refresh=refresh)


def page(template: str, **names: object) -> str:
    """A page of ours; it allows a browser nothing but its own style sheet."""
    sheet = _text("report.css")
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return _environment().get_template(template).render(sheet=Markup(sheet), sheet_hash=digest, **names)  # noqa: S704


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.globals.update(
        words=words,
        english=english,
        duration=duration,
        plural=plural,
        bounded=bounded,
        LINES=LINES,
        WIDTH=WIDTH,
        bars=bars,
        ticks=ticks,
        diff_lines=diff_lines,
        worth_a_look=worth_a_look,
    )
    return environment


def _text(name: str) -> str:
    return resources.files("engine.report").joinpath(name).read_text(encoding="utf-8")


def _harmless(value: object) -> object:
    """Whatever is put into a page; what is markup already was made of harmless parts."""
    if isinstance(value, Markup):
        return value
    return harmless(str(value))


def bars(row: TimelineRow, total: float) -> list[tuple[str, str, str, bool]]:
    """What to draw of a row: where it begins, how wide it is, what it was, whether its end is open.

    Times that would be drawn over each other are drawn as one, so that a long run does not make a large page.
    """
    found: list[tuple[float, float, str, bool]] = []
    for span in row.spans:
        at = span.at / total * WIDTH if total else 0.0
        wide = max(span.seconds / total * WIDTH if total else 0.0, NARROWEST)
        at = min(at, WIDTH - wide)
        words_of = f"{span.what} ({duration(span.seconds)})".strip()
        if found and at - found[-1][0] < NARROWEST / 4:
            first = found.pop()
            found.append((first[0], max(first[1], at + wide - first[0]), first[2], first[3] or span.open))
        else:
            found.append((at, wide, words_of[:200], span.open))
    return [(f"{at:.2f}", f"{wide:.2f}", what, is_open) for at, wide, what, is_open in found]


def ticks(total: float, count: int = 4) -> list[str]:
    """The words under the timeline."""
    return [duration(total * one / count) for one in range(count + 1)]


def diff_lines(text: str) -> list[tuple[str, str]]:
    """The lines of a diff, each with its kind."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    rows = text.split("\n")
    return [("file" if one.startswith(("---", "+++")) else kinds.get(one[:1], "same"), one) for one in rows]


def worth_a_look(one: Happening) -> bool:
    """Whether it is unfolded from the beginning."""
    return isinstance(one, Command) and one.state != "done"
