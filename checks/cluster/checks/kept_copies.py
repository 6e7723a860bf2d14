"""The check of the copies of /var/lib/ganeti."""

from __future__ import annotations

from checks.cluster.facts.kept_copies import copies
from checks.look.commands import hashes, owner_and_mode
from checks.look.known import unknown_if_unreadable, verdict
from checks.look.nodes import host
from checks.paths import CONFIG_DATA, DATA_DIR, KEPT
from engine.knowledge import Context, Verdict, check

CLOSED = "root root 700 directory"


@check("cluster.copy_is_kept")
@unknown_if_unreadable
def copy_is_kept(context: Context, *, node: str) -> Verdict:
    """A copy of /var/lib/ganeti is kept on this node, with the configuration that is there now, for root only.

    Whichever run made it: one that was killed may have, and whoever goes on with it has another name.
    """
    where = host(context, node)
    kept = copies(context, node=node)
    files = [CONFIG_DATA, *(f"{one}{CONFIG_DATA.removeprefix(DATA_DIR)}" for one in kept)]
    hashed = {path: value for value, path in map(str.split, context.reader.read(where, hashes(*files)).lines)}
    now = hashed.get(CONFIG_DATA)
    same = [one for one, file in zip(kept, files[1:], strict=True) if now is not None and hashed.get(file) == now]
    access = context.reader.read(where, owner_and_mode(KEPT)).stdout.strip().rpartition(":")[0]
    return verdict(
        holds=bool(same) and access == CLOSED,
        true=f"{DATA_DIR} of {where} is kept as {same[-1] if same else ''}, for root only.",
        false=f"{KEPT} on {where} is not closed to all but root."
        if same
        else f"{KEPT} on {where} holds no copy of {DATA_DIR} as it is now.",
        evidence=(f"{where}: {KEPT}: {', '.join(kept) or 'empty'}", f"{where}: stat: {access or 'not there'}"),
    )
