"""The flow of a runbook as a drawing: Mermaid for wikis that draw it, and a page for a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.effects import Effect
from engine.load.loader import LoadedRunbook
from engine.model.runbook import Runbook
from engine.model.step import Ask, CallRunbook, StepBase
from engine.operator.screen import harmless
from engine.report.html import page
from engine.steps.kind import name_of, prose

_ENTITIES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "|": "#124;"}

_CLASSES = (
    "classDef safe stroke:#88939e",
    "classDef reversible stroke:#1f5fa8,stroke-width:2px",
    "classDef disruptive stroke:#c05b00,stroke-width:3px",
    "classDef destructive stroke:#a11616,stroke-width:4px,fill:#fcebea,color:#1c2126",
    "classDef condition stroke:#88939e,stroke-dasharray:4 3",
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A step as it is drawn.

    Attributes:
        rests_on: numbers of the steps that it rests on, without what is held meanwhile.
        guards: titles of all that it rests on.
        when: conditions that all have to hold; else it is passed by.
        otherwise: why it is passed by, in words.
        choices: what can be answered, each with its title.
        calls: the flow of the runbook that it calls, if that is known.
    """

    number: int
    id: str
    title: str
    why: str
    does: str
    effect: Effect
    rests_on: tuple[int, ...]
    guards: tuple[str, ...]
    when: tuple[str, ...]
    otherwise: str
    each: str
    together: bool
    choices: Mapping[str, str]
    verify: str
    may_fail: str
    leaves: str
    call: str
    calls: Flow | None


@dataclass(frozen=True, slots=True)
class Flow:
    """A runbook as it is drawn."""

    runbook: Runbook
    before: tuple[str, ...]
    meanwhile: tuple[str, ...]
    stops: tuple[Stop, ...]
    after: tuple[str, ...]


def flow_of(loaded: LoadedRunbook, load: Callable[[str], LoadedRunbook]) -> Flow:
    """The flow, with those of the runbooks that it calls; `load` finds them by name."""
    runbook = loaded.runbook
    return Flow(
        runbook,
        tuple(f"{one.code}: {name_of(one)}" for one in runbook.preconditions),
        tuple(one.title for one in runbook.meanwhile),
        tuple(_stop(number, step, loaded, load) for number, step in enumerate(runbook.steps, start=1)),
        tuple(name_of(one) for one in runbook.postconditions),
    )


def _stop(number: int, step: StepBase, loaded: LoadedRunbook, load: Callable[[str], LoadedRunbook]) -> Stop:
    runbook = loaded.runbook
    call = step.call if isinstance(step, CallRunbook) else ""
    rests = {rest.step for rest in step.rests_on or ()}
    return Stop(
        number=number,
        id=step.id,
        title=step.title,
        why=prose(step.why),
        does=loaded.kinds.of(step).does(step),
        effect=step.effect,
        rests_on=tuple(place for place, one in enumerate(runbook.steps, start=1) if one.id in rests),
        guards=tuple(one.title for one in runbook.meanwhile if one.id in rests)
        + tuple(one.title for one in runbook.steps if one.id in rests),
        when=step.when,
        otherwise=prose(step.otherwise),
        each=step.each or "",
        together=step.together is not None,
        choices={key: one.title for key, one in step.choices.items()} if isinstance(step, Ask) else {},
        verify=name_of(step.verify) if step.verify is not None else "",
        may_fail=step.may_fail or "",
        leaves=step.leaves.runbook if step.leaves is not None else "",
        call=call,
        calls=flow_of(load(call), load) if call else None,
    )


def as_html(flow: Flow) -> str:
    """One page, as safe and as complete in itself as that of a report."""
    return page("flow.html.j2", flow=flow)


def as_mermaid(flow: Flow) -> str:
    """A Mermaid flow chart."""
    return "\n".join(["flowchart TD", *(f"  {one}" for one in _mermaid(flow))]) + "\n"


def _mermaid(flow: Flow) -> Iterator[str]:
    yield f"begin([{_text(f'{flow.runbook.id}: {flow.runbook.title}')}])"
    at = "begin"
    if flow.before:
        yield f"before{{{{{_text('Before anything: ' + '; '.join(flow.before))}}}}}"
        yield f"refused([{_text('Refused: nothing was changed')}])"
        yield "begin --> before"
        yield f"before -->|{_text('one of them does not hold')}| refused"
        at = "before"
    for number, title in enumerate(flow.meanwhile, start=1):
        yield f"hold{number}[/{_text(f'{title} (given back at the end)')}/]"
        yield f"{at} --> hold{number}"
        at = f"hold{number}"
    stops = flow.stops
    yield f"{at} --> {_entry(stops[0])}"
    for stop, following in zip(stops, [*(_entry(one) for one in stops[1:]), "after"], strict=True):
        yield from _drawn(stop, following)
    yield f"after([{_text('; '.join(['Done', *flow.after]))}])"
    yield from _CLASSES
    for effect in Effect:
        if some := [f"s{one.number}" for one in stops if one.effect is effect]:
            yield f"class {','.join(some)} {effect}"
    if some := [f"c{one.number}" for one in stops if one.when]:
        yield f"class {','.join(some)} condition"


def _drawn(stop: Stop, following: str) -> Iterator[str]:
    name = f"s{stop.number}"
    if stop.when:
        yield f"c{stop.number}{{{_text(' and '.join(stop.when))}}}"
        yield f"c{stop.number} -->|yes| {name}"
        no = f"no: {stop.otherwise}" if stop.otherwise else "no"
        yield f"c{stop.number} -->|{_text(no)}| {following}"
    yield f"{name}{_shape(stop)}"
    yield from (f"s{one} -.->|{_text('left out, it is not done')}| {name}" for one in stop.rests_on)
    if stop.each:
        words = f"for each of {stop.each}{', several at once' if stop.together else ''}"
        yield f"{name} -->|{_text(words)}| {name}"
    if stop.choices:
        yield from (f"{name} -->|{_text(f'{key}: {title}')}| {following}" for key, title in stop.choices.items())
    else:
        yield f"{name} --> {following}"


def _entry(stop: Stop) -> str:
    return f"c{stop.number}" if stop.when else f"s{stop.number}"


def _shape(stop: Stop) -> str:
    loud = f" ({stop.effect.value.upper()})" if stop.effect.level >= Effect.DISRUPTIVE.level else ""
    words = f"{stop.number}. {stop.title}{loud}"
    if stop.choices:
        return f"([{_text(words)}])"
    if stop.call:
        return f"[[{_text(f'{words}: the runbook {stop.call}')}]]"
    return f"[{_text(words)}]"


def _text(text: str) -> str:
    """A text in quotes, in which nothing means anything to Mermaid."""
    one_line = " ".join(harmless(text).split())
    return '"' + "".join(_ENTITIES.get(one, one) for one in one_line) + '"'
