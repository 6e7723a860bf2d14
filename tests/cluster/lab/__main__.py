"""The lab's command line: ``python3 -m tests.cluster.lab COMMAND``."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING

from tests.cluster.lab import network
from tests.cluster.lab.errors import LabError
from tests.cluster.lab.incidents import INCIDENTS
from tests.cluster.lab.lab import Lab
from tests.cluster.lab.timing import say

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python3 -m tests.cluster.lab", description="A real Ganeti cluster for tests.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    command("build", "install and build what is missing, up to the golden snapshot")
    up = command("up", "start a working cluster from the golden snapshot")
    up.add_argument("--nodes", type=int, default=2, choices=(2, 3), help="the third one is bare: see add-node")
    command("down", "end the guests, remove the network and the live disks; the cache stays")
    command("reset", "back to the golden snapshot")
    command("status", "which guests run, and what DRBD says on each")
    command("add-node", "add a bare node to the cluster").add_argument("node")
    command("power-cut", "end a node as a power cut would").add_argument("node")
    command("power-on", "boot a node from its disks").add_argument("node")
    command("wipe", "replace a node by a reinstalled one with empty disks").add_argument("node")
    cut = command("cut-link", "drop DRBD's traffic between the nodes")
    cut.add_argument("--all", action="store_true", help="drop everything between the nodes, not DRBD alone")
    cut.add_argument("--from", dest="source", help="only what comes from this node")
    cut.add_argument("--to", dest="target", help="only what goes to this node")
    command("cut-operator", "drop everything between the operator and the nodes")
    command("heal-link", "undo every cut")
    run = command("run", "run a command on a node: run NODE -- COMMAND ...")
    run.add_argument("--user", default="root")
    run.add_argument("--timeout", type=float, default=900.0)
    run.add_argument("node")
    run.add_argument("argv", nargs="+", help="one word is given to the node's shell, several are quoted")
    command("ssh-config", "print the path of the ssh configuration that reaches the nodes")
    command("netns", "print the name of the network namespace where the operator sits")
    texts = "; ".join(f"{name}: {(what.__doc__ or '').strip()}" for name, what in INCIDENTS.items())
    command("incident", f"break the cluster. {texts}").add_argument("name", choices=sorted(INCIDENTS))
    return top


def status(lab: Lab) -> None:
    if not lab.nodes:
        say("the lab is down")
    for node in lab.nodes:
        say(f"{node} {'runs' if lab.alive(node) else 'has no power'}")
        if lab.alive(node):
            for minor, (connection, roles, disks) in lab.drbd(node).items():
                say(f"  drbd{minor} {connection} {roles} {disks}")
    say(f"{len(network.pids())} processes in namespace {network.NETNS}")


def run(lab: Lab, arguments: argparse.Namespace) -> int:
    argv: list[str] = arguments.argv
    command = argv[0] if len(argv) == 1 else argv
    done = lab.run(arguments.node, command, timeout=arguments.timeout, user=arguments.user)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.exit_code


def incident(lab: Lab, name: str) -> None:
    for key, value in lab.incident(name).items():
        say(f"{key} {value}")


def dispatch(lab: Lab, arguments: argparse.Namespace) -> int:
    verbs: dict[str, Callable[[], object]] = {
        "build": lab.build,
        "up": lambda: lab.up(arguments.nodes),
        "down": lab.down,
        "reset": lab.reset,
        "status": lambda: status(lab),
        "add-node": lambda: lab.add_node(arguments.node),
        "power-cut": lambda: lab.power_cut(arguments.node),
        "power-on": lambda: lab.power_on(arguments.node),
        "wipe": lambda: lab.wipe(arguments.node),
        "cut-link": lambda: lab.cut_link(everything=arguments.all, source=arguments.source, target=arguments.target),
        "cut-operator": lab.cut_operator,
        "heal-link": lab.heal_link,
        "ssh-config": lambda: say(str(lab.ssh_config)),
        "netns": lambda: say(lab.netns),
        "incident": lambda: incident(lab, arguments.name),
    }
    if arguments.command == "run":
        return run(lab, arguments)
    verbs[arguments.command]()
    return 0


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    lab = Lab()
    try:
        return dispatch(lab, parser().parse_args())
    except LabError as error:
        sys.stderr.write(f"lab: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("lab: interrupted\n")
        return INTERRUPTED
    finally:
        lab.release()


if __name__ == "__main__":
    sys.exit(main())
