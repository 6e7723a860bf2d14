"""Replacing or removing a small text file in one step, by a script that any POSIX shell runs."""

from __future__ import annotations

import base64
import hashlib

from engine.errors import RefusedError
from engine.hosts.command import UnusableCommandError
from engine.hosts.host import FileChange

LARGEST = 64 * 1024
"""Bytes of new content; it travels as one argument. Configuration files are far smaller."""

NOT_AS_SHOWN = 65
"""Exit code: the file is not what it was when the change was planned."""

NO_BACKUP = 73
"""Exit code: the backup's place is taken by something else, which is never overwritten."""

ABSENT = "absent"

# Arguments: the file, its SHA-256 as shown (or "absent"), the new content in base64, its SHA-256 (or "absent": the file
# is removed), the backup, and the mode and the owner of a file that was absent.
# Needs beyond POSIX: base64, mktemp, readlink -f, sha256sum, which coreutils and busybox both have.
SCRIPT = r"""
set -eu
umask 077
path=$1 before=$2 content=$3 after=$4 backup=$5 mode=$6 owner=$7 temporary=
trap '[ -z "$temporary" ] || rm -f "$temporary"' EXIT
trap 'exit 75' HUP INT TERM

fail() { code=$1; shift; printf '%s\n' "$*" >&2; exit "$code"; }
sum() { set -- "$(sha256sum <"$1")"; printf '%s' "${1%% *}"; }
as_shown() {
    if [ "$before" = absent ]; then [ ! -e "$path" ]; return; fi
    [ -f "$path" ] && [ "$(sum "$path")" = "$before" ]
}

# A symbolic link stays one: the file it points at is edited, as an editor would.
if [ -L "$path" ]; then
    path=$(readlink -f "$path" && echo .)
    path=${path%??}
fi
folder=${path%/*}
as_shown || fail 65 "$path is not what was shown"

if [ "$before" != absent ]; then
    mkdir -p "${backup%/*}/"
    if [ -e "$backup" ] || [ -L "$backup" ]; then
        # One left by an interrupted attempt holds the same content; any other is somebody's.
        [ -f "$backup" ] && [ "$(sum "$backup")" = "$before" ] || fail 73 "$backup exists already and differs"
    else
        temporary=$(mktemp "${backup%/*}/.${backup##*/}.XXXXXX")
        cp -p "$path" "$temporary"
        [ "$(sum "$temporary")" = "$before" ] || fail 65 "$path changed while it was copied"
        sync "$temporary"
        mv -f "$temporary" "$backup"
        temporary=
    fi
fi

if [ "$after" = absent ]; then
    as_shown || fail 65 "$path changed meanwhile"
    rm -f "$path"
    sync "$folder/" || :
    exit 0
fi

# Beside the file and hidden, so that the rename is one step and no *.conf pattern picks it up meanwhile.
temporary=$(mktemp "$folder/.${path##*/}.XXXXXX")
if [ "$before" = absent ]; then
    chmod "$mode" "$temporary"
    [ -z "$owner" ] || chown "$owner" "$temporary"
else
    cp -p "$path" "$temporary"
fi
printf '%s' "$content" | base64 -d >"$temporary"
[ "$(sum "$temporary")" = "$after" ] || fail 74 "the new content could not be written whole"
sync "$temporary"
as_shown || fail 65 "$path changed meanwhile"
mv -f "$temporary" "$path"
temporary=
# It is in place: that its folder cannot be synced is no reason to say otherwise.
sync "$folder/" || :
"""


def argv(change: FileChange) -> list[str]:
    """The command that makes this change.

    Raises:
        UnusableCommandError: a path that is not absolute.
        RefusedError: the content is too large or is not text that UTF-8 can hold.
    """
    for path in (change.path, change.backup):
        if not path.startswith("/") or path.endswith("/"):
            raise UnusableCommandError(f"{path!r} is not the absolute path of a file.")
    try:
        after = None if change.after is None else change.after.encode()
        before = None if change.before is None else change.before.encode()
    except UnicodeEncodeError as error:
        raise RefusedError(f"{change.path} is not UTF-8 text.", why=str(error), code="file-not-text") from error
    if after is not None and len(after) > LARGEST:
        raise RefusedError(
            f"{change.path} would have {len(after)} bytes; at most {LARGEST} are written in one step.",
            changed="Nothing was sent.",
            code="file-too-large",
        )
    shown = ABSENT if before is None else hashlib.sha256(before).hexdigest()
    content = base64.b64encode(after or b"").decode()
    wanted = ABSENT if after is None else hashlib.sha256(after).hexdigest()
    return [
        "sh",
        "-c",
        SCRIPT,
        "replace-file",
        change.path,
        shown,
        content,
        wanted,
        change.backup,
        change.mode,
        change.owner,
    ]
