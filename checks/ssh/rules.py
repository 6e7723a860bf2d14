"""The nodes' public keys: Ganeti's file of them, and who is let in by them (since 2.13; lib/backend.py)."""

from __future__ import annotations

from collections.abc import Iterator

from checks.cluster.facts.present import current_config
from checks.look.rule import away, finding, key, node, rule, suggest
from checks.paths import AUTHORIZED_KEYS, CONFIG_DATA, PUBLIC_KEYS
from checks.ssh.facts.keys import NodeKeys, PublicKeys, public
from engine.english import join_and
from engine.findings import Finding, Unknown
from engine.knowledge import Context

REPAIR = suggest("pub-keys-rebuild")


@rule("whether public keys are missing")
def public_keys(context: Context) -> Iterator[Finding | Unknown]:
    """The file of public keys is missing or wrong on a node, or a node has no key to put into it."""
    found = public(context)
    if not (found.exists and found.managed):
        return
    where, _config = current_config(context)
    for one in found.entries:
        if not one.answers or one.offline:
            continue
        if one.problems or one.linkable:
            yield finding(
                "public-keys",
                _title(one, found),
                node(one.node),
                evidence=(
                    *(f"{one.node}: {PUBLIC_KEYS}: {problem}" for problem in one.problems),
                    *([f"{one.node}: {found.key_path}: no such file; id_rsa.pub is there"] if one.linkable else []),
                    f"{where}: {CONFIG_DATA}: the uuids of the nodes",
                ),
                suggestion=REPAIR,
                explained_by=_explained(one.node),
            )
        if not one.has_key:
            yield finding(
                "own-key-missing",
                f"{one.node} has no public key of its own where Ganeti looks for it.",
                node(one.node),
                evidence=(f"{one.node}: {found.key_path}: no public key is there",),
                next="Where the private key is still beside it, ssh-keygen -y -f makes the public one anew.",
                explained_by=_explained(one.node),
            )


@rule("whether the nodes let each other in")
def shut_out(context: Context) -> Iterator[Finding | Unknown]:
    """A node does not let in root of a master candidate."""
    found = public(context)
    if not (found.exists and found.managed):
        return
    for words in found.shut_out:
        where, _, what = words.partition(" does not let in ")
        yield finding(
            "key-not-let-in",
            f"{where} does not let in {what}.",
            node(where),
            evidence=(f"{where}: {AUTHORIZED_KEYS}: without {what}",),
            suggestion=REPAIR if found.renewal_reasons else None,
            next="" if found.renewal_reasons else "gnt-cluster renew-crypto --new-ssh-keys lets in whom it has to.",
            explained_by=_explained(where),
        )


def _title(one: NodeKeys, found: PublicKeys) -> str:
    if not one.there:
        return f"{one.node} has no file of the nodes' public keys."
    missing = [p.removeprefix("no line for ") for p in one.problems if p.startswith("no line for ")]
    if missing:
        return f"{one.node} does not know the public key of {join_and(missing)}."
    if one.problems:
        return f"The file of the nodes' public keys on {one.node} is not as it should be."
    return f"{one.node} lacks {found.key_path}, which this version of Ganeti needs."


def _explained(name: str) -> tuple[str, ...]:
    return (*away(name), key("not-a-node", node(name)), key("master-disagrees", node(name)))
