"""Jobs that ended in an error which is known, and for which there is a way round."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.facts.masters import master
from checks.instances.facts.kvm import folders
from checks.jobs.facts import queue
from checks.jobs.parse.job import JobFile
from checks.look.rule import finding, job, node, rule, suggest
from checks.paths import JOB_FILE_PREFIX, KVM_FOLDER
from engine.findings import Finding, Unknown
from engine.knowledge import Context

REFUSED = "Cannot change directory permissions"


@rule("whether a job failed for a reason that is known")
def kvm_folder(context: Context) -> Iterator[Finding | Unknown]:
    """A migration that ended because its job may not set the mode of KVM's folder (Ganeti 2.13 to 2.15.2)."""
    where = master(context)
    failed = [
        one
        for one in queue.files(context).values()
        if isinstance(one, JobFile) and REFUSED in one.error and KVM_FOLDER in one.error
    ]
    if not failed:
        return
    found = folders(context, node=where.name)
    last = failed[-1]
    if found.affected and found.foreign:
        yield finding(
            "kvm-folder-refused",
            f"Job {last.id}, {last.summary}, failed because it may not set the mode of a folder of KVM.",
            job(last.id),
            node(where.name),
            evidence=(
                f"{where}: {JOB_FILE_PREFIX}{last.id}: {last.error.splitlines()[0]}",
                f"{where}: stat: {found.foreign[0]} does not belong to {found.job_user}",
            ),
            suggestion=suggest("kvm-dir-permissions", node=where.name),
            key_about=(node(where.name),),
        )
