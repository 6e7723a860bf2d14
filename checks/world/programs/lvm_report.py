"""lvs, vgs and pvs: what LVM has, in the columns that are asked for (lvm2, lib/report)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checks.world.node.lvm import EXTENT, LogicalVolume, SimulatedGroup
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import Options, parse_unix
from checks.world.programs.registry import program

FAILED = 5
UNITS = "bkmgtp"
_ALIASES = {"--options": "-o", "--all": "-a"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its value (of a size in bytes), whether it is a number, and its least width."""

    heading: str
    value: Callable[[ReportedRow], str | int]
    right: bool = False
    width: int = 0


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """What a line is about; a line about a group has no volume."""

    call: ProgramCall
    group: SimulatedGroup | None = None
    volume: LogicalVolume | None = None
    device: str = ""

    @property
    def attributes(self) -> str:
        volume = self.volume
        if volume is None:
            return "wz--n-"
        kind = "s" if volume.origin is not None else "o" if volume.snapshots else "-"
        state = "I" if volume.lost else "s" if volume.suspended else "a"
        target = "s" if kind != "-" else "-"
        return f"{kind}wi-{state}{'o' if self.call.machine.uses(volume) else '-'}{target}---"


def _of(row: ReportedRow) -> LogicalVolume:
    assert row.volume is not None  # noqa: S101  # the columns of a volume are asked of volumes only
    return row.volume


def _in(row: ReportedRow) -> SimulatedGroup | None:
    return row.group


def _used(row: ReportedRow) -> str:
    volume = _of(row)
    return f"{min(100.0, 100 * volume.used / volume.size):.2f}" if volume.origin is not None else ""


def _origin(row: ReportedRow) -> str:
    origin = _of(row).origin
    return origin.name if origin is not None else ""


def _sized(row: ReportedRow) -> int:
    return sum(row.call.machine.storage.disks[one] for one in ([row.device] if row.device else []))


VG = {
    "vg_name": Column("VG", lambda row: group.name if (group := _in(row)) else ""),
    "vg_size": Column("VSize", lambda row: group.size if (group := _in(row)) else 0, right=True),
    "vg_free": Column("VFree", lambda row: group.free if (group := _in(row)) else 0, right=True),
    "vg_attr": Column("Attr", lambda _row: "wz--n-"),
    "vg_extent_size": Column("Ext", lambda _row: EXTENT, right=True),
    "pv_count": Column("#PV", lambda row: str(len(group.devices)) if (group := _in(row)) else "0", right=True),
    "lv_count": Column("#LV", lambda row: str(len(group.volumes)) if (group := _in(row)) else "0", right=True),
    "snap_count": Column(
        "#SN",
        lambda row: str(sum(one.origin is not None for one in group.volumes.values())) if (group := _in(row)) else "0",
        right=True,
    ),
}
LV = {
    **VG,
    "lv_name": Column("LV", lambda row: _of(row).name),
    "lv_size": Column("LSize", lambda row: _of(row).size, right=True),
    "lv_attr": Column("Attr", lambda row: row.attributes),
    "lv_tags": Column("LV Tags", lambda row: ",".join(sorted(_of(row).tags))),
    "lv_path": Column("Path", lambda row: _of(row).path),
    "origin": Column("Origin", _origin),
    "data_percent": Column("Data%", _used, right=True, width=6),
    "snap_percent": Column("Snap%", _used, right=True, width=6),
    "pool_lv": Column("Pool", lambda _row: ""),
    "metadata_percent": Column("Meta%", lambda _row: "", right=True, width=6),
    "move_pv": Column("Move", lambda _row: ""),
    "mirror_log": Column("Log", lambda _row: ""),
    "copy_percent": Column("Cpy%Sync", lambda _row: "", right=True),
    "convert_lv": Column("Convert", lambda _row: ""),
}
PV = {
    **VG,
    "pv_name": Column("PV", lambda row: row.device),
    "pv_fmt": Column("Fmt", lambda _row: "lvm2"),
    "pv_attr": Column("Attr", lambda row: "a--" if row.group else "---"),
    "pv_size": Column("PSize", lambda row: row.group.size if row.group else _sized(row), right=True),
    "pv_free": Column("PFree", lambda row: row.group.free if row.group else _sized(row), right=True),
}
LVS = (
    "lv_name,vg_name,lv_attr,lv_size,pool_lv,origin,data_percent,metadata_percent,move_pv,mirror_log,copy_percent"
    ",convert_lv"
)
VGS = "vg_name,pv_count,lv_count,snap_count,vg_attr,vg_size,vg_free"
PVS = "pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free"


@program("lvs")
def lvs(call: ProgramCall, args: list[str]) -> int:
    options = _options(call, args)
    storage = call.machine.storage
    rows: list[ReportedRow] = []
    missing = False
    for name in options.rest or sorted(storage.groups):
        volume = storage.find(name)
        group = storage.groups.get(name.removeprefix("/dev/"))
        if volume is not None:
            rows.append(ReportedRow(call, storage.groups[volume.group], volume))
        elif group is not None:
            rows += [ReportedRow(call, group, group.volumes[one]) for one in sorted(group.volumes)]
        else:
            missing = True
            not_found(call, name)
    _print(call, options, LV, LVS, rows)
    return FAILED if missing else 0


def not_found(call: ProgramCall, name: str) -> None:
    """Say that there is no such volume or group."""
    group, slash, volume = name.removeprefix("/dev/").partition("/")
    if slash and group in call.machine.storage.groups:
        call.complain(f'  Failed to find logical volume "{group}/{volume}"')
    else:
        call.complain(f'  Volume group "{group}" not found', f"  Cannot process volume group {group}")


@program("vgs")
def vgs(call: ProgramCall, args: list[str]) -> int:
    options = _options(call, args)
    groups = call.machine.storage.groups
    missing = [name for name in options.rest if name not in groups]
    for name in missing:
        not_found(call, name)
    chosen = [groups[name] for name in options.rest or sorted(groups) if name in groups]
    _print(call, options, VG, VGS, [ReportedRow(call, group) for group in chosen])
    return FAILED if missing else 0


@program("pvs")
def pvs(call: ProgramCall, args: list[str]) -> int:
    options = _options(call, args)
    storage = call.machine.storage
    missing = [name for name in options.rest if name not in storage.physical]
    for name in missing:
        call.complain(f'  Failed to find physical volume "{name}".')
    rows = []
    for device in options.rest or sorted(storage.physical):
        if device in storage.physical:
            group = next((one for one in storage.groups.values() if device in one.devices), None)
            rows.append(ReportedRow(call, group, device=device))
    _print(call, options, PV, PVS, rows)
    return FAILED if missing else 0


def _options(call: ProgramCall, args: list[str]) -> Options:
    call.spend(0.5)
    return parse_unix(
        call, args, {"--noheadings", "--nosuffix", "-a"}, {"-o", "--units", "--separator"}, _ALIASES, code=3
    )


def _print(call: ProgramCall, options: Options, known: dict[str, Column], usual: str, rows: list[ReportedRow]) -> None:
    wanted = options.value("-o", usual)
    names = f"{usual},{wanted[1:]}".split(",") if wanted.startswith("+") else wanted.split(",")
    unknown = [name for name in names if name not in known]
    if unknown:
        call.fail(f"  Unrecognised field: {unknown[0]}", code=3)
    columns = [known[name] for name in names]
    unit = options.value("--units", "r")
    if unit not in (*UNITS, "h", "r"):
        call.fail("  Invalid units specification", code=3)
    suffix = "--nosuffix" not in options.flags
    lines = [
        [
            size(value, unit, suffix=suffix) if isinstance(value := column.value(row), int) else value
            for column in columns
        ]
        for row in rows
    ]
    headings = [column.heading for column in columns]
    if "--noheadings" not in options.flags and rows:
        lines.insert(0, headings)
    if "--separator" in options.values:
        call.say(*(f"  {options.value('--separator').join(line)}" for line in lines))
        return
    widths = [max([column.width, *(len(line[index]) for line in lines)]) for index, column in enumerate(columns)]
    for line in lines:
        cells = (
            cell.rjust(width) if column.right and line is not headings else cell.ljust(width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        )
        call.say("  " + " ".join(cells))


def size(value: int, unit: str, *, suffix: bool = True) -> str:
    """An amount of bytes as LVM writes it; where it rounds up for a person to read, it says so with a `<`."""
    if unit in UNITS:
        amount = value / 1024 ** UNITS.index(unit)
        text = str(value) if unit == "b" else f"{amount:.2f}"
        return text + ((unit if unit != "b" else "B") if suffix else "")
    power = 0
    while value >= 1024 ** (power + 1) and power < len(UNITS) - 1:
        power += 1
    if value == 0:
        return "0 " if suffix else "0"
    amount = value / 1024**power
    text = f"{amount:.2f}"
    mark = "<" if unit == "r" and float(text) > amount else ""
    return f"{mark}{text}{UNITS[power] if suffix else ''}"


def amount_in_words(value: int) -> str:
    """The way LVM says a size within a sentence."""
    text = size(value, "r")
    return f"{text[:-1]} {text[-1].upper()}iB"


def volumes_named(call: ProgramCall, names: Sequence[str]) -> list[LogicalVolume]:
    """The volumes of these names; ends the command where one is not there."""
    found = []
    for name in names:
        volume = call.machine.storage.find(name)
        if volume is None:
            not_found(call, name)
            call.fail(code=FAILED)
        found.append(volume)
    return found
