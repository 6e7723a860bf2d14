"""All rules on one cluster: what they find, put in order, and what they cannot decide."""

from __future__ import annotations

from collections.abc import Mapping

from checks.diagnosis import (
    copies,
    disks,
    failed,
    jobs,
    keys,
    left,
    masters,
    nodes,
    paused,
    running,
    setup,
    volumes,
    voting,
)
from checks.diagnosis.again import visit
from checks.diagnosis.survey import answering, survey
from checks.diagnosis.words import Rule
from checks.facts.look import hosts
from engine import log
from engine.diagnosis import Diagnosis, Finding, Unknown, ranked
from engine.errors import FactError, HostError
from engine.knowledge import Context

RULES: Mapping[str, Rule] = {
    "whether every node could be looked at": nodes.looked_at,
    "whether the master is gone": masters.gone,
    "whether the other nodes reach the master": masters.cut_off,
    "whether the master's daemons run": masters.daemons,
    "whether two nodes act as master": masters.two,
    "whether the nodes agree on the master": masters.disagree,
    "whether every copy of the configuration is good": copies.copies,
    "whether flags against voting were left behind": voting.left,
    "whether a node does not answer": nodes.not_answering,
    "whether a node is marked offline or drained": nodes.marked,
    "whether a node has another host key": nodes.another_key,
    "whether a node lost its files": nodes.without_files,
    "whether a node says what cannot be": nodes.not_believed,
    "whether a node's daemon runs": nodes.without_daemon,
    "whether a job hangs": jobs.hanging,
    "whether jobs wait to be begun": jobs.queued,
    "whether something is left of a lost job": jobs.lost,
    "whether a job's file is damaged": jobs.damaged,
    "whether a job failed for a reason that is known": failed.kvm_folder,
    "whether the disks are in sync": disks.disks,
    "whether the volumes are there": volumes.volumes,
    "where the instances run": running.running,
    "whether the disks of running instances are watched": running.watched,
    "whether DRBD is set up": setup.drbd,
    "whether LVM looks at DRBD devices": setup.lvm_scan,
    "whether a node takes its name for a loopback address": setup.names,
    "whether public keys are missing": keys.public_keys,
    "whether the nodes let each other in": keys.shut_out,
    "whether the watcher is paused": paused.watcher,
    "whether the queue is drained": paused.queue,
    "whether earlier repairs left files": left.files,
}
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
    for question, rule in RULES.items():
        try:
            for one in rule(context):
                (findings if isinstance(one, Finding) else unknown).append(one)  # type: ignore[arg-type]
        except (FactError, HostError) as error:
            unknown.append(Unknown(question, str(error)))
        except Exception as error:  # noqa: BLE001 - a mistake in one rule must not cost the others
            log.failed("a rule of the diagnosis failed", question=question)
            unknown.append(Unknown(question, f"this rule itself failed: {type(error).__name__}"))
    there = {one.name for one in answering(context)}
    return Diagnosis(
        findings=ranked(findings),
        unknown=tuple(dict.fromkeys(unknown)),
        answered=tuple(one.name for one in hosts(context) if one.name in there),
        silent=tuple(one.name for one in hosts(context) if one.name not in there),
        beyond=BEYOND,
    )
