"""A change outlives the connection it was sent over: on its host it runs under a small supervisor, once for good.

The supervisor is a script for any POSIX shell that is sent along with each change. It keeps a folder a change, named
after the run and the key of the change, in which it writes that the change was begun, what it printed, and how it
ended. Whoever holds the lock of that folder (flock(2), so the kernel frees it whatever happens) decides: the change
is begun only by the first one to come, everybody later waits for its end and is told the same.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args
from urllib.parse import quote

from engine.errors import NOTHING_CHANGED, HostError, LinkLostError
from engine.hosts.host import Host, Once, Result, Settled

STATE = "/var/lib/gnt-runbook"
"""The folder on a host that is ours; `changes/RUN/KEY` in it is that of one change."""

BEAT = 10.0
"""Seconds between two signs of life of a supervisor that waits."""

_LONGEST_NAME = 180
"""Bytes of a file's name; file systems take 255."""

Verb = Literal["make", "settle", "await", "forget"]
State = Literal["ended", "running", "cut-short", "rebooted", "never", "other", "no-place"]

# Arguments: what to do, the state folder, the run, the key, the digest of the command or nothing, the mark, the seconds
# between two signs of life, and the command.
# Needs beyond POSIX: flock and setsid, which are in util-linux, and sync of coreutils 8.24 or later.
# Each process costs more than all the rest, on a slow host many times more: what the shell can do itself, it does.
SCRIPT = r"""
mask=$(umask)
umask 077
verb=$1 state=$2 run=$3 key=$4 digest=$5 mark=$6 beat=$7
shift 7
dir=$state/changes/$run/$key

# The mark tells what we say, and what the change printed, from a login shell's own chatter.
say() { printf '%s%s\n' "$mark" "$*"; }
# Why not, unless we know better, has just been said by whatever failed.
refuse() { say no-place "$*"; exit 0; }
printed() {
    [ ! -s "$dir/out" ] || cat "$dir/out"
    printf '%s\n' "$mark" >&2
    [ ! -s "$dir/err" ] || cat "$dir/err" >&2
}

# Under the lock: what became of it, if anything did. A line without its end was not on the disk before a power cut: a
# change is begun only when its line is.
told() {
    if [ -e "$dir/begun" ] && read -r booted since whose <"$dir/begun"; then
        if [ -n "$digest" ] && [ "$whose" != "$digest" ]; then
            say other
        elif [ -e "$dir/end" ] && read -r code at <"$dir/end"; then
            say ended "$code" $((at - since))
            printed
        elif read -r boot </proc/sys/kernel/random/boot_id && [ "$booted" = "$boot" ]; then
            say cut-short
            printed
        else
            say rebooted
            printed
        fi
    elif [ -e "$dir/never" ]; then
        say never
    else
        return 1
    fi
}

# A sign of life now and then: whoever waits for us cannot tell a long change from a dead link otherwise; and a shell
# that nobody listens to any more ends by it.
await() { until flock -w "$beat" 9; do say waiting || exit 1; done; }

if [ "$verb" = forget ]; then
    # One that still goes on holds its lock; its folder is its record, and stays.
    for one in "$state/changes/$run"/*/; do
        [ ! -e "$one/lock" ] || flock -n "$one/lock" rm -rf -- "$one" || :
    done
    rmdir -- "$state/changes/$run" 2>/dev/null || :
    say ended 0 0
    exit 0
fi

for tool in flock setsid sync; do
    command -v "$tool" >/dev/null || refuse "$tool is not installed"
done
{ [ -d "$dir" ] || mkdir -p -- "$dir"; } && printf '' >>"$dir/lock" || refuse
exec 9>>"$dir/lock"
if [ "$verb" != make ]; then
    if [ "$verb" = await ]; then await; else flock -n 9 || { say running; exit 0; }; fi
    told && exit 0
    # Whoever comes later finds that it must not be begun any more.
    printf '' >"$dir/never" && sync "$dir/never" "$dir" || refuse
    say never
    exit 0
fi

await
told && exit 0
# On the disk before it begins, folders too: after a power cut it must not look as if it had never been begun.
read -r boot </proc/sys/kernel/random/boot_id &&
    read -r up rest </proc/uptime &&
    printf '%s %s %s\n' "$boot" "${up%.*}" "$digest" >"$dir/begun" &&
    sync "$dir/begun" "$dir" "$state/changes/$run" "$state/changes" || { rm -f "$dir/begun"; refuse; }
# A session of its own: the end of the connection is none of its business. It inherits the lock; its command does not.
# Its end is told as soon as it is written; nobody need wait until the disk has it: who was told writes it down as well.
setsid -f sh -c '
    dir=$1 mask=$2
    shift 2
    (umask "$mask"; exec "$@") </dev/null >"$dir/out" 2>"$dir/err" 9>&-
    code=$?
    read -r up rest </proc/uptime
    printf "%s %s\n" "$code" "${up%.*}" >"$dir/end" && exec 9>&- && exec sync "$dir/end" "$dir"
' supervise "$dir" "$mask" "$@" </dev/null >/dev/null 2>&1 || {
    rm -f "$dir/begun"
    refuse "no process could be started"
}
exec 9>&-
exec 9>>"$dir/lock"
await
told
"""


_ENDED = re.compile(r"ended ([0-9]{1,3}) (-?[0-9]{1,12})", re.ASCII)
_STATES: frozenset[str] = frozenset(get_args(State)) - {"ended"}

KNOWN = f"supervise() (\n{SCRIPT})\n"
"""For a shell that gets one word after another: it has the script once, and a fork of it executes each word."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A word to the supervisor.

    Attributes:
        argv: what to execute on the host, as root.
        mark: what stands before all that the supervisor itself says.
        once: which change it is about.
        action: the command of the change.
    """

    argv: tuple[str, ...]
    mark: str
    once: Once
    action: tuple[str, ...]

    @property
    def typed(self) -> str:
        """The same for a shell that was started with `KNOWN`."""
        return shlex.join(self.argv[3:])


@dataclass(frozen=True, slots=True)
class Heard:
    """What the supervisor said of a change; `result` is how it ended, or what it printed until it was cut short."""

    state: State
    result: Result
    why: str = ""


def to(verb: Verb, once: Once, action: Sequence[str] = (), *, state: str = STATE, beat: float = BEAT) -> Sent:
    """The word to send.

    Args:
        verb: `make` begins it unless it was begun before, and waits for its end; `settle` says what became of it, and
            sees to it that one that was not begun never will be; `await` does so when it has ended; `forget` removes
            the record of a run, whatever the key.
        once: the name of the change.
        action: its command, to `make` it.
        state: the folder on the host that is ours.
        beat: seconds between two signs of life while an end is waited for.
    """
    mark = f"<{secrets.token_hex(8)}>"
    digest = hashlib.sha256(json.dumps(list(action)).encode()).hexdigest() if action else ""
    words = (verb, state, folder(once.run), folder(once.key), digest, mark, f"{beat:g}")
    return Sent(("sh", "-c", SCRIPT, "supervise", *words, *action), mark, once, tuple(action))


def folder(name: str) -> str:
    """A name as that of a folder, for people to read; no two names share one."""
    plain = quote(name, safe="[]#=@,:+ ").replace(" ", "%20")
    if plain in {"", ".", ".."}:
        return f"%{plain}"
    if len(plain) <= _LONGEST_NAME:
        return plain
    return f"{plain[: _LONGEST_NAME - 65]}~{hashlib.sha256(name.encode()).hexdigest()}"


def heard(sent: Sent, host: Host, result: Result) -> Heard:
    """What it said.

    Raises:
        LinkLostError: it said nothing that a supervisor says, so that nothing is known of the change.
    """
    _chatter, found, said = result.stdout.partition(sent.mark)
    waiting = f"waiting\n{sent.mark}"
    at = 0
    while said.startswith(waiting, at):
        at += len(waiting)
    first, _, out = said[at:].partition("\n")
    state, _, rest = first.partition(" ")
    ended = _ENDED.fullmatch(first)
    if not found or (ended is None and state not in _STATES):
        raise LinkLostError(
            f"The supervisor on {host} did not say what became of the change {sent.once.key}.",
            why=f"exit code {result.exit_code}. {(result.stderr or result.stdout).strip()[-500:]}".strip(),
            changed="It may have been begun.",
            hint=f"Log in to {host} and look; what is known of it there is below {STATE}/changes/{sent.once.run}.",
            code="supervisor-silent",
        )
    _chatter, _, err = result.stderr.partition(f"{sent.mark}\n")
    if ended is not None:
        return Heard("ended", Result(sent.action, out, err, int(ended[1]), float(ended[2])))
    why = rest.strip() or result.stderr.strip()[-500:]
    return Heard(cast("State", state), Result(sent.action, out, err, -1, result.seconds), why)


def outcome(sent: Sent, host: Host, result: Result) -> Result:
    """How the change ended, after `make`.

    Raises:
        HostError: code `host-no-record` or `change-taken`; it was not begun.
        LinkLostError: code `host-rebooted` or `cut-short`; it was begun, and left no exit code.
    """
    found = heard(sent, host, result)
    key = sent.once.key
    if found.state == "ended":
        # What the host counts are whole seconds, and from its beginning, not from ours.
        return replace(found.result, seconds=result.seconds)
    if found.state == "no-place":
        raise HostError(
            f"{host} cannot keep the record of a change, so that none is made there.",
            why=found.why,
            changed=NOTHING_CHANGED,
            hint=f"{STATE} on {host} has to be writable and to have room; flock, setsid and sync have to be installed.",
            code="host-no-record",
        )
    if found.state in {"other", "never"}:
        raise HostError(
            f"{host} knows the change {key} of this run already, as another one.",
            why="somebody goes on with a copy of this run, or has settled that it is not to be made",
            changed=NOTHING_CHANGED,
            hint="See who else works on this cluster (gnt-runbook runs), then resume the run again.",
            code="change-taken",
        )
    if found.state == "rebooted":
        what, code = f"{host} was started anew while the change {key} was under way there.", "host-rebooted"
    else:
        what, code = f"The change {key} on {host} was cut short: it left no exit code.", "cut-short"
    raise LinkLostError(
        what,
        why=(found.result.stderr or found.result.stdout).strip()[-500:],
        changed="It was begun; how far it came is not known.",
        hint=f"Look at {host} before anything else is tried.",
        code=code,
    ).printed(found.result.stdout, found.result.stderr)


def settled(sent: Sent, host: Host, result: Result) -> Settled:
    """What became of the change, after `settle`.

    Raises:
        HostError: code `host-no-record`: it was not begun, but that it never will be cannot be written down.
        LinkLostError: nothing is known of it.
    """
    found = heard(sent, host, result)
    if found.state in {"no-place", "other"}:
        outcome(sent, host, result)
    state = cast("Literal['ended', 'running', 'cut-short', 'rebooted', 'never']", found.state)
    return Settled(state, None if state in {"running", "never"} else found.result)
