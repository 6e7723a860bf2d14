"""All rules on one cluster: what they find, put in order, and what they cannot decide."""

from __future__ import annotations

from checks.cluster.facts.present import answering
from checks.cluster.rules.second_look import visit
from checks.diagnosis.survey import survey
from checks.look.nodes import hosts
from checks.look.rule import rule
from checks.subjects import SUBJECTS
from engine import log
from engine.errors import FactError, HostError
from engine.findings import Diagnosis, Finding, Unknown, ranked
from engine.knowledge import Context

RULES = rule.gathered(*SUBJECTS)
"""What each rule decides, and the rule."""
BEYOND = (
    "free space",
    "certificates and ssh between the nodes",
    "the state of the hardware",
)


def diagnose(context: Context) -> Diagnosis:
    """Survey the cluster and apply every rule; one that fails leaves its question open and hides no other."""
    survey(context)
    context = visit(context)
    findings: list[Finding] = []
    unknown: list[Unknown] = []
    for question, look_into in RULES.items():
        try:
            for one in look_into(context):
                (findings if isinstance(one, Finding) else unknown).append(one)  # type: ignore[arg-type]
        except (FactError, HostError) as error:
            unknown.append(Unknown(question, str(error)))
        except Exception as error:  # noqa: BLE001 - a mistake in one rule must not cost the others
            log.failed("a rule of the diagnosis failed", question=question)
            unknown.append(Unknown(question, f"this rule itself failed: {type(error).__name__}"))
    there = {one.name for one in answering(context)}
    return Diagnosis(
        findings=ranked(findings),
        # By their words: what is alike stands together, and "everything on …" before all of it.
        unknown=tuple(sorted(set(unknown), key=lambda one: (one.question, one.why))),
        answered=tuple(one.name for one in hosts(context) if one.name in there),
        silent=tuple(one.name for one in hosts(context) if one.name not in there),
        beyond=BEYOND,
    )
