"""Commands on the guests, over one kept ssh connection each, and the ssh configuration for everybody else."""

import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence

from tests.cluster.lab import names, network
from tests.cluster.lab.errors import LabError
from tests.cluster.lab.names import Node
from tests.cluster.lab.paths import Paths
from tests.cluster.lab.shell import CompletedRun, host, tail

TIMED_OUT = 124
# A gnt-* command takes 4 to 10 s here and a job can take minutes.
PATIENCE = 900.0


def ssh(paths: Paths, node: Node, command: Sequence[str] | str, *, user: str = "root") -> list[str]:
    """The argument list that runs a command on a guest. A string is for the guest's shell, a list is quoted.

    Every login costs a guest two seconds, so the connection is kept open. Host keys are not looked at: the
    network is ours alone. The product under test gets a configuration of its own that does look
    (`write_config`).
    """
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "LogLevel": "ERROR",
        "ConnectTimeout": "60",
        "ControlMaster": "auto",
        "ControlPath": f"{paths.state}/ssh-{user}-{node.short}",
        "ControlPersist": "yes",
    }
    flags = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
    shell = command if isinstance(command, str) else shlex.join(command)
    where = ["-i", str(paths.key), "-p", str(names.SSH_PORT), f"{user}@{node.ip}"]
    return network.inside(["ssh", "-F", "none", *flags, *where, "--", shell])


def hang_up(paths: Paths, node: Node) -> None:
    """Forget the kept connections to a guest that is gone: a command sent through them would hang."""
    for socket in paths.state.glob(f"ssh-*-{node.short}"):
        host(
            network.inside(["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "x"]),
            check=False,
        )
        socket.unlink(missing_ok=True)


def answers(paths: Paths, node: Node) -> bool:
    """Whether a command runs there now; a connection that is refused says no at once."""
    return host(ssh(paths, node, "true"), timeout=90, check=False).ok


def run(
    paths: Paths,
    node: Node,
    command: Sequence[str] | str,
    *,
    timeout: float = PATIENCE,
    user: str = "root",
    stdin: str | None = None,
) -> CompletedRun:
    """Run a command on a guest; one that takes too long is given up with exit code 124, like timeout(1)."""
    started = time.monotonic()
    try:
        return host(ssh(paths, node, command, user=user), timeout=timeout, check=False, stdin=stdin)
    except LabError as error:
        return CompletedRun("", str(error), TIMED_OUT, time.monotonic() - started)


def must(paths: Paths, node: Node, command: Sequence[str] | str, *, timeout: float = PATIENCE) -> CompletedRun:
    """Run a command that has to work for the lab itself."""
    return together(paths, {node: command}, timeout=timeout)[node]


def together(
    paths: Paths, commands: Mapping[Node, Sequence[str] | str], *, timeout: float = PATIENCE
) -> dict[Node, CompletedRun]:
    """Run a command on several guests at the same time; each has to work."""
    started = time.monotonic()
    running = {
        node: subprocess.Popen(
            ssh(paths, node, command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        for node, command in commands.items()
    }
    done: dict[Node, CompletedRun] = {}
    try:
        for node, process in running.items():
            out, err = process.communicate(timeout=max(1.0, timeout - (time.monotonic() - started)))
            done[node] = CompletedRun(out, err, process.returncode, time.monotonic() - started)
    except subprocess.TimeoutExpired:
        raise LabError(f"a command on {node.short} did not end within {timeout:.0f} s: {commands[node]}") from None
    finally:
        for process in running.values():
            process.kill()
            process.communicate()
    for node, result in done.items():
        if not result.ok:
            said = tail(result.stderr + result.stdout)
            raise LabError(f"on {node.short}, exit code {result.exit_code}: {commands[node]}\n{said}")
    return done


def write_config(paths: Paths, host_keys: Mapping[Node, str]) -> None:
    """The ssh configuration and known hosts of an operator who has seen each node's present host key."""
    known, blocks = [], []
    for node, key in host_keys.items():
        kind, blob = key.split()[:2]
        spelled = ",".join(f"[{name}]:{names.SSH_PORT}" for name in (node.name, node.short, node.ip))
        known.append(f"{spelled} {kind} {blob}\n")
        blocks.append(
            f"Host {node.name} {node.short}\n"
            f"    HostName {node.ip}\n"
            f"    Port {names.SSH_PORT}\n"
            "    User root\n"
            f"    IdentityFile {paths.key}\n"
            "    IdentitiesOnly yes\n"
            f"    UserKnownHostsFile {paths.known_hosts}\n"
            "    GlobalKnownHostsFile /dev/null\n"
            "    StrictHostKeyChecking yes\n"
        )
    paths.known_hosts.write_text("".join(known), encoding="utf-8")
    paths.ssh_config.write_text("\n".join(blocks), encoding="utf-8")
