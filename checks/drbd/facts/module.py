"""DRBD's module on a node: as it runs, and as it will be loaded at the next boot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.cluster.facts.copies import newest_config
from checks.drbd.parse.modprobe import parse_options, with_options
from checks.drbd.parse.proc_drbd import parse_proc_drbd
from checks.look.commands import BOOT_MODULES, MODULE_OPTIONS, cat
from checks.look.grammar import ABSOLUTE
from checks.look.nodes import content, host, look
from checks.paths import DRBD_OPTIONS, MINOR_COUNT, PROC_DRBD, USERMODE_HELPER
from engine.hosts.host import Host
from engine.hosts.reads import Read
from engine.knowledge import Context, fact, remembered

MODULE = "drbd"
HELPER = "/bin/true"
"""What Ganeti sets unless the cluster says otherwise (lib/objects.py, DEFAULT_DRBD_HELPER)."""
MINORS = 128
"""How many devices to allow at least: 8.3 has no more, 8.4 sizes its memory by it (drivers/block/drbd/drbd_main.c)."""
MOST = 255
"""More minor_count than this the module does not take (DRBD_MINOR_COUNT_MAX)."""


DIGITS = 9
READS = (cat(PROC_DRBD), cat(USERMODE_HELPER), cat(MINOR_COUNT), cat(DRBD_OPTIONS), MODULE_OPTIONS, BOOT_MODULES)


@dataclass(frozen=True, slots=True)
class Setup:
    """DRBD's module on one node.

    Attributes:
        loaded: there is a /proc/drbd.
        devices: how many devices are configured; 0 where it is not loaded.
        helper: the program it calls as it runs, exactly; None where it is not loaded or the kernel does not tell.
        wanted_helper: what the configuration of the cluster says.
        minor_count: as it was loaded; None likewise.
        wanted_minors: enough for the devices that the cluster has on this node.
        options: what /etc/modprobe.d says about it, by line, each with its file.
        options_fit: helper and number of devices will be right the next time it is loaded.
        corrected: the text of /etc/modprobe.d/drbd.conf that sees to that, all else in it unchanged.
        contradicted_by: other files of /etc/modprobe.d that say something else.
        at_boot: it is loaded at boot.
    """

    node: str
    loaded: bool
    devices: int
    helper: str | None
    wanted_helper: str
    minor_count: int | None
    wanted_minors: int
    options: tuple[str, ...]
    options_fit: bool
    corrected: str
    contradicted_by: tuple[str, ...]
    at_boot: bool

    @property
    def helper_fits(self) -> bool:
        """It runs and calls the right program: a newline behind its name, as `echo` leaves one, makes it another."""
        return self.helper == self.wanted_helper

    @property
    def former_helper(self) -> str:
        """What an undo puts back: the program it calls now, or the right one where it calls what can be no program."""
        return self.helper if self.helper is not None and ABSOLUTE.fits(self.helper) else self.wanted_helper


@fact("drbd.setup")
@remembered
def setup(context: Context, *, node: str) -> Setup:
    """DRBD's module on this node.

    Raises:
        FactError: no configuration can be read, or a file is not as expected.
        HostError: the node does not answer.
    """
    where = host(context, node)
    look(context, (where,), *READS)
    _copy, config = newest_config(context)
    helper_wanted = config.cluster.drbd_usermode_helper or HELPER
    proc = content(context, where, PROC_DRBD)
    options = context.remember(parse_options, _found(context, where, MODULE_OPTIONS))
    own = {key: value for one in options if one.path == DRBD_OPTIONS for key, value in one.values.items()}
    minors = config.minors_on.get(where.name, ())
    asked_for = (MINORS, _number(own.get("minor_count", "")), *(minor + 1 for minor in minors))
    minors_wanted = min(MOST, max(asked_for))
    wanted = {"minor_count": str(minors_wanted), "usermode_helper": helper_wanted}
    others = [one for one in options if one.path != DRBD_OPTIONS and _differs(one.values, wanted)]
    count = content(context, where, MINOR_COUNT)
    helper = content(context, where, USERMODE_HELPER)
    return Setup(
        node=where.name,
        loaded=proc is not None,
        devices=0 if proc is None else len(context.remember(parse_proc_drbd, proc).devices),
        helper=None if helper is None else helper.removesuffix("\n"),
        wanted_helper=helper_wanted,
        minor_count=None if count is None else _number(count),
        wanted_minors=minors_wanted,
        options=tuple(f"{one.path}: {_written(one.values)}" for one in options),
        options_fit=not others and not _lacks(own, wanted),
        corrected=with_options(content(context, where, DRBD_OPTIONS) or "", MODULE, wanted),
        contradicted_by=tuple(dict.fromkeys(one.path for one in others)),
        at_boot=bool(_found(context, where, BOOT_MODULES)),
    )


def _found(context: Context, where: Host, what: Read) -> str:
    """What grep found; nothing also where none of the places to look in is there."""
    return context.reader.read(where, what).stdout


def _lacks(values: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return any(values.get(key) != value for key, value in wanted.items())


def _differs(values: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return any(key in values and values[key] != value for key, value in wanted.items())


def _number(text: str) -> int:
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdecimal() and len(stripped) < DIGITS else 0


def _written(values: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in values.items())
