"""What this program knows of Ganeti, put together for the engine."""

from __future__ import annotations

from checks.captures.further import further
from checks.captures.redact import PROGRAMS, redact
from checks.diagnosis.diagnose import diagnose
from checks.explain.explain import explain
from checks.jobs.step import JobKind
from checks.look.commands import PROBES, READ_FORMS
from checks.parameters import TYPES
from checks.shipped import shipped
from checks.site import discover, local_entry
from checks.subjects import SUBJECTS
from checks.world.from_capture.twin import twin
from checks.world.scenarios import SCENARIOS, scenarios_on
from engine.knowledge import check, fact
from engine.packs import Captures, Pack

pack = Pack(
    name="ganeti",
    discover=discover,
    local_entry=local_entry,
    runbooks=shipped.runbooks,
    drills=shipped.drills,
    facts=fact.gathered(*SUBJECTS),
    checks=check.gathered(*SUBJECTS),
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
