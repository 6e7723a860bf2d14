"""A tiny piece of knowledge: enough to say everything a runbook can say wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from engine.knowledge import Context, Knowledge, ParameterType, Verdict


@dataclass(frozen=True)
class Node:
    name: str
    minor: int | None = None


@dataclass(frozen=True)
class Job:
    id: int
    status: str
    nodes: tuple[Node, ...]
    primary: Node | None = None

    @property
    def ended(self) -> bool:
        return self.status != "running"


def job(context: Context, *, job: int, deep: bool = False) -> Job:
    raise NotImplementedError


def nodes(context: Context, *, names: list[str] | None = None) -> tuple[Node, ...]:
    raise NotImplementedError


def unknown(context: Context, *, anything: Any = None) -> Any:
    raise NotImplementedError


def is_over(context: Context, *, job: int, node: str = "") -> Verdict:
    raise NotImplementedError


def parse_job(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("the number of a job")
    return int(text)


KNOWLEDGE = Knowledge(
    facts={"lab.job": job, "lab.nodes": nodes, "lab.unknown": unknown},
    checks={"lab.is_over": is_over},
    parameter_types={"lab.job": ParameterType(parse_job, "the number of a job", int)},
)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return KNOWLEDGE
