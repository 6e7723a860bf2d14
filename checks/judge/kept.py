"""The check of a copy of /var/lib/ganeti."""

from __future__ import annotations

from checks.facts.commands import hashes, owner_and_mode
from checks.facts.look import host
from checks.judge.known import unknown_if_unreadable, verdict
from checks.paths import CONFIG_DATA, DATA_DIR
from engine.knowledge import Context, Verdict

CLOSED = "root root 700 directory"


@unknown_if_unreadable
def copy_is_kept(context: Context, *, node: str, folder: str) -> Verdict:
    """The folder holds a copy of /var/lib/ganeti with the configuration that is there now, and is open to root only."""
    where = host(context, node)
    copy = f"{folder}/{DATA_DIR.rpartition('/')[2]}/{CONFIG_DATA.rpartition('/')[2]}"
    hashed = context.reader.read(where, hashes(CONFIG_DATA, copy))
    found = [line.split()[0] for line in hashed.lines if line.split()]
    same = len(found) == 2 and found[0] == found[1]  # noqa: PLR2004 - the file and its copy
    access = context.reader.read(where, owner_and_mode(folder)).stdout.strip().rpartition(":")[0]
    return verdict(
        holds=same and access == CLOSED,
        true=f"{DATA_DIR} of {where} is kept in {folder}, for root only.",
        false=f"{folder} on {where} holds no whole copy of {DATA_DIR}."
        if not same
        else f"{folder} on {where} is not closed to all but root.",
        evidence=(f"{where}: sha256sum: {' '.join(found) or hashed.stderr.strip()}", f"{where}: stat: {access}"),
    )
