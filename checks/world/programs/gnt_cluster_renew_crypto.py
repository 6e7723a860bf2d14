"""gnt-cluster renew-crypto, as far as it makes new ssh keys. Words: lib/client/gnt_cluster.py, and the transcripts."""

from __future__ import annotations

from checks.releases import KEY_TYPES
from checks.world.config import SimulatedConfig
from checks.world.ganeti import root_keys, scheduler
from checks.world.programs import gnt
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_gnt
from checks.world.programs.registry import program


@program("gnt-cluster renew-crypto")
def renew_crypto(call: ProgramCall, args: list[str]) -> int:
    typed = {"--ssh-key-type", "--ssh-key-bits"} if KEY_TYPES.on(call.cluster.version) else set()
    options = parse_gnt(call, args, {"--new-ssh-keys", "--no-ssh-key-check", "--force"}, typed)
    gnt.arguments(call, options.rest, 0, 0)
    config = gnt.client(call)
    if "--new-ssh-keys" not in options.flags:
        call.fail("gnt-cluster renew-crypto: only --new-ssh-keys is known here")
    kind = options.value("--ssh-key-type", str(config.cluster.get("ssh_key_type", "dsa")))
    if kind not in root_keys.KINDS:
        gnt.prereq(call, f"Unknown SSH key type '{kind}'")
    call.say('Updating certificates now. Running "gnt-cluster verify"  is recommended after this operation.')
    if "--force" not in options.flags:
        # Without a terminal its question is a silent no.
        return 1
    _read_all(call, config)

    def act() -> list[str]:
        live = SimulatedConfig.read(call.machine)
        if live is None:
            raise scheduler.JobFailedError("Corrupt configuration file")
        root_keys.renew(call.cluster, live, kind)
        live.touch(call.cluster.now, live.cluster)
        call.cluster.commit(call.machine, live)
        return ["Renewing SSH keys"]

    locks = {"cluster/BGL": "exclusive"}
    gnt.run_job(call, {"OP_ID": "OP_CLUSTER_RENEW_CRYPTO"}, locks, seconds=30.0, action=act)
    call.say('All requested certificates and keys have been replaced. Running "gnt-cluster verify" now is recommended.')
    return 0


def _read_all(call: ProgramCall, config: SimulatedConfig) -> None:
    """Before anything is renewed, the file is made from the keys that the nodes have (_BuildGanetiPubKeys)."""
    lines = []
    for node in config.nodes:
        machine = call.cluster.machines[node["name"]]
        if node["offline"]:
            continue
        call.spend(3.0)
        key = root_keys.own(machine, config)
        if key is None or not root_keys.gets_in(call.cluster, call.machine, machine, config):
            path = f"{root_keys.FOLDER}/id_{config.cluster.get('ssh_key_type', 'dsa')}.pub"
            call.fail(
                "Failure: prerequisites not met for this operation:\nerror type: wrong_input, error details:\n"
                f"Could not fetch a public SSH key ({path}) from node '{node['name']}': ran command"
                f" '['cat', '{path}']', failure reason: 'exited with exit code 1'."
            )
        lines.append(f"{node['uuid']} {key}\n")
    call.machine.files.write(root_keys.PUB_KEYS, "".join(lines), mode=0o600, mtime=call.cluster.now)
