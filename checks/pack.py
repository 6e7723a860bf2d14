"""What this program knows of Ganeti, put together for the engine."""

from __future__ import annotations

from checks.captures.further import further
from checks.captures.redact import PROGRAMS, redact
from checks.diagnosis.diagnose import diagnose
from checks.explain import explain
from checks.facts import (
    apart,
    busy,
    cluster,
    conf_files,
    config,
    copies,
    daemons,
    evidence,
    former,
    group,
    instances,
    jobs,
    keys,
    kvm,
    lacking,
    lvm,
    masters,
    module,
    names,
    next_steps,
    nodes,
    packages,
    reinstalled,
    running,
    scripts,
    sides,
    ssh_ports,
    stuck,
    trust,
    victims,
    voting,
    watcher,
)
from checks.facts.commands import PROBES, READ_FORMS
from checks.judge import autorepair as judge_autorepair
from checks.judge import busy as judge_busy
from checks.judge import config as judge_config
from checks.judge import daemons as judge_daemons
from checks.judge import disks as judge_disks
from checks.judge import hosts as judge_hosts
from checks.judge import instances as judge_instances
from checks.judge import job_processes as judge_job_processes
from checks.judge import jobs as judge_jobs
from checks.judge import kept as judge_kept
from checks.judge import keys as judge_keys
from checks.judge import kvm as judge_kvm
from checks.judge import masters as judge_masters
from checks.judge import nodes as judge_nodes
from checks.judge import progress as judge_progress
from checks.judge import reinstalled as judge_reinstalled
from checks.judge import sides as judge_sides
from checks.judge import ssh as judge_ssh
from checks.judge import stuck as judge_stuck
from checks.judge import undone as judge_undone
from checks.judge import victims as judge_victims
from checks.judge import volumes as judge_volumes
from checks.judge import voting as judge_voting
from checks.parameters import TYPES
from checks.shipped import shipped
from checks.site import discover, local_entry
from checks.steps.job import JobKind
from checks.world.scenarios import SCENARIOS, scenarios_on
from checks.world.twin.twin import twin
from engine.packs import Captures, Pack

pack = Pack(
    name="ganeti",
    discover=discover,
    local_entry=local_entry,
    runbooks=shipped.runbooks,
    drills=shipped.drills,
    facts={
        "cluster.overview": cluster.overview,
        "conf.files": conf_files.conf_files,
        "config.serials": config.serials,
        "daemons.on": daemons.on,
        "disks.apart": apart.apart,
        "disks.evidence": evidence.evidence,
        "disks.next_steps": next_steps.next_steps,
        "disks.sides": sides.sides,
        "disks.stuck_sides": stuck.stuck_sides,
        "disks.suspended": stuck.suspended,
        "disks.victims": victims.victims,
        "drbd.setup": module.setup,
        "instances.instance": instances.instance,
        "instances.where": running.where,
        "jobs.copies": copies.copies,
        "jobs.job": jobs.job,
        "jobs.orphans": jobs.orphans,
        "jobs.scripts": scripts.scripts,
        "jobs.unfinished": jobs.unfinished,
        "keys.public": keys.public,
        "kvm.folders": kvm.folders,
        "jobs.working_on": busy.working_on,
        "lvm.filters": lvm.filters,
        "lvm.group": group.group,
        "masters.claims": masters.claims,
        "masters.former": former.former,
        "names.on": names.names,
        "nodes.node": nodes.node,
        "nodes.reinstalled": reinstalled.reinstalled,
        "packages.on": packages.packages,
        "ssh.trust": trust.trust,
        "ssh.ports": ssh_ports.ports,
        "voting.flags": voting.flags,
        "volumes.lost": lacking.lost,
        "voting.holders": voting.holders,
        "watcher.pause": watcher.pause,
    },
    checks={
        "autorepair.leaves_alone": judge_autorepair.leaves_alone,
        "autorepair.leaves_node_alone": judge_autorepair.leaves_node_alone,
        "cluster.copy_is_kept": judge_kept.copy_is_kept,
        "conf.as_on_master": judge_reinstalled.files_as_on_master,
        "config.not_older": judge_config.not_older,
        "daemons.master_runs": judge_daemons.master_runs,
        "daemons.master_stopped": judge_daemons.master_stopped,
        "daemons.settled": judge_daemons.settled,
        "disks.are_stuck": judge_sides.are_stuck,
        "disks.copy_is_kept": judge_victims.copy_is_kept,
        "disks.are_connected": judge_disks.are_connected,
        "disks.in_sync": judge_disks.in_sync,
        "disks.is_discarded": judge_victims.is_discarded,
        "disks.need_repair": judge_sides.need_repair,
        "disks.newer_side_runs": judge_sides.newer_side_runs,
        "disks.none_lost": judge_sides.none_lost,
        "disks.not_diverged": judge_sides.not_diverged,
        "disks.not_stuck": judge_sides.not_stuck,
        "disks.not_stuck_on": judge_stuck.not_stuck_on,
        "disks.not_suspended": judge_stuck.not_suspended,
        "disks.one_keeper": judge_sides.one_keeper,
        "disks.other_side_whole": judge_sides.other_side_whole,
        "disks.relation_known": judge_sides.relation_known,
        "disks.seen": judge_sides.seen,
        "disks.unused_on": judge_disks.unused_on,
        "disks.worse_side": judge_sides.worse_side,
        "drbd.is_ready": judge_hosts.is_ready,
        "drbd.is_unloaded": judge_undone.is_unloaded,
        "drbd.set_for_boot": judge_hosts.set_for_boot,
        "instances.run_elsewhere": judge_instances.run_elsewhere,
        "instances.not_running_on": judge_sides.not_running_on,
        "instances.running_known": judge_sides.running_known,
        "instances.runs_once": judge_sides.runs_once,
        "jobs.file_is_back": judge_undone.file_is_back,
        "jobs.file_is_gone": judge_jobs.file_is_gone,
        "jobs.holds_no_lock": judge_jobs.holds_no_lock,
        "jobs.is_not_over": judge_progress.is_not_over,
        "jobs.is_over": judge_jobs.is_over,
        "jobs.is_quiet": judge_progress.is_quiet,
        "jobs.none_works_on": judge_busy.none_works_on,
        "jobs.process_goes_on": judge_job_processes.process_goes_on,
        "jobs.process_is_gone": judge_jobs.process_is_gone,
        "jobs.script_is_gone": judge_job_processes.script_is_gone,
        "lvm.group_is_empty": judge_undone.group_is_empty,
        "lvm.group_absent": judge_undone.group_absent,
        "lvm.group_present": judge_reinstalled.group_present,
        "keys.at_rest": judge_keys.at_rest,
        "keys.complete": judge_keys.complete,
        "kvm.job_may_set_modes": judge_kvm.job_may_set_modes,
        "lvm.leaves_drbd_out": judge_hosts.leaves_drbd_out,
        "masters.agree": judge_masters.agree,
        "masters.has_master_address": judge_masters.has_master_address,
        "masters.is_master": judge_masters.is_master,
        "masters.is_no_master": judge_undone.is_no_master,
        "names.resolve": judge_reinstalled.names_resolve,
        "nodes.answers": judge_nodes.answers,
        "nodes.is_candidate": judge_nodes.is_candidate,
        "nodes.is_offline": judge_nodes.is_offline,
        "nodes.is_online": judge_nodes.is_online,
        "nodes.is_silent": judge_nodes.is_silent,
        "nodes.rejoined": judge_nodes.rejoined,
        "packages.fit": judge_reinstalled.packages_fit,
        "ssh.master_gets_in": judge_reinstalled.master_gets_in,
        "ssh.all_ports_fit": judge_ssh.all_ports_fit,
        "ssh.ports_fit": judge_ssh.ports_fit,
        "volumes.are_lost": judge_volumes.are_lost,
        "volumes.fit": judge_volumes.fit,
        "volumes.has_new_metadata": judge_volumes.has_new_metadata,
        "volumes.is_missing": judge_undone.is_missing,
        "volumes.is_made": judge_volumes.is_made,
        "volumes.large_enough": judge_volumes.large_enough,
        "volumes.minors_are_free": judge_volumes.minors_are_free,
        "volumes.only_made": judge_undone.only_made,
        "volumes.none_lost": judge_volumes.none_lost,
        "volumes.not_taken": judge_volumes.not_taken,
        "volumes.survivors_are_good": judge_volumes.survivors_are_good,
        "voting.flags_absent": judge_voting.flags_absent,
        "voting.flags_set": judge_voting.flags_set,
        "watcher.goes_on": judge_undone.goes_on,
        "watcher.is_paused": judge_undone.is_paused,
    },
    parameter_types=TYPES,
    step_kinds=(JobKind(),),
    read_forms=READ_FORMS,
    scenarios=SCENARIOS,
    scenarios_on=scenarios_on,
    diagnose=diagnose,
    explain=explain,
    captures=Captures(further, redact, twin, PROGRAMS),
    probes=PROBES,
)
