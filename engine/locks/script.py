"""The lock on one host: a file in our folder there, and the script through which alone it is touched.

It holds one line of JSON, whose `token` says whose it is; without a file, or with an empty one, nobody holds it. All of
it happens under flock(2) of the folder, so that of many who come at once one wins. How long ago the last sign of life
was is told by that host itself, from the time of its file: no two clocks are compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from engine.hosts.host import Host, Links
from engine.hosts.supervisor import STATE

Verb = Literal["take", "look", "refresh", "release"]
State = Literal["ours", "free", "held", "lost", "failed"]

# Arguments: what to do, the folder, our token, our line; for a take-over the token of the lock that is taken over, and
# for how many seconds at least it has to have been silent.
# Needs beyond POSIX: flock of util-linux; stat -c, and sync of coreutils 8.24 or later.
SCRIPT = r"""
umask 077
verb=$1 folder=$2 token=$3 content=$4 former=$5 silent=$6
lock=$folder/lock age=0 held=

# The mark tells it from a login shell's own chatter.
say() { printf 'gnt-runbook-lock %s\n' "$*"; exit 0; }
of() { [ -n "$1" ] && case $held in *"\"token\":\"$1\""*) ;; *) return 1 ;; esac; }
# In one step, and on the disk: after a power cut there is the old line or the new one.
write() {
    why=$({ printf '%s\n' "$content" >"$lock.new" && sync "$lock.new" && mv -f "$lock.new" "$lock"; } 2>&1) ||
        { rm -f "$lock.new"; return 1; }
}

case $verb in look | release) [ -e "$lock" ] || say free 0 ;; esac
why=$(mkdir -p "$folder" 2>&1) || say failed 0 "$why"
exec 9<"$folder"
flock -w 10 9 || say failed 0 "flock ended with exit code $?; another command may be stuck there"
if [ -s "$lock" ]; then
    held=$(cat "$lock") || say failed 0 "$lock cannot be read"
    age=$(($(date +%s) - $(stat -c %Y "$lock"))) || say failed 0 "the age of $lock cannot be told"
    # A clock that was set back since makes it negative. Whoever lives gives a new sign by the new clock.
    age=${age#-}
fi

case $verb in
take)
    if [ -z "$held" ] || of "$token" || { of "$former" && [ "$age" -ge "$silent" ]; }; then
        write || say failed 0 "$why"
        say ours 0
    fi
    say held "$age" "$held"
    ;;
refresh)
    if of "$token"; then
        # Where there is no room for another line, the old one still lives.
        [ "$held" = "$content" ] || write || :
        why=$(touch -c "$lock" 2>&1) || say failed "$age" "$why"
        say ours 0
    fi
    # An empty one was taken over and given back by somebody else. None at all: this host was installed anew.
    [ ! -e "$lock" ] || say lost "$age" "$held"
    write || say failed 0 "$why"
    say ours 0
    ;;
look)
    [ -n "$held" ] || say free 0
    say held "$age" "$held"
    ;;
release)
    # Emptied, which a full disk allows too.
    ! of "$token" || why=$({ : >"$lock"; } 2>&1) || say failed "$age" "$why"
    say free 0
    ;;
esac
"""

_TOLD = re.compile(r"^gnt-runbook-lock (ours|free|held|lost|failed) (\d+) ?(.*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LockReply:
    """What a host says of its lock.

    Attributes:
        state: `ours`; `free`; `held` by somebody else; `lost`, no longer ours; `failed`.
        silent: seconds since the last sign of life of whoever holds it, by the host's own clock.
        text: the line in it, where it is held or lost; why it failed.
    """

    state: State
    silent: float
    text: str


def ask(
    links: Links,
    host: Host,
    verb: Verb,
    *,
    token: str = "",
    line: str = "",
    former: tuple[str, float] = ("", 0.0),
    folder: str = STATE,
    timeout: float,
) -> LockReply:
    """Touch the lock of one host. Each verb may be sent again: it comes to the same.

    Args:
        links: how to reach the host.
        host: the host.
        verb: `take`, `look`, `refresh`, `release`.
        token: whose lock it is to be, or is.
        line: what is to stand in it.
        former: the token of a lock that may be taken over, and for how many seconds it has to have been silent.
        folder: where it is, on the host.
        timeout: seconds.

    Raises:
        HostError: nothing was sent.
        LinkLostError: its end was not seen.
    """
    token_of_the_dead, silent = former
    argv = ("sh", "-c", SCRIPT, "lock", verb, folder, token, line, token_of_the_dead, str(int(silent)))
    result = links.to(host).run(argv, timeout=timeout)
    told = _TOLD.search(result.stdout)
    if told is None:
        words = (result.stderr or result.stdout).strip()[-500:]
        return LockReply("failed", 0.0, words or f"it ended with exit code {result.exit_code}")
    return LockReply(cast("State", told[1]), float(told[2]), told[3].strip())
