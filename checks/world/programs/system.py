"""Tools that look at and act on the running system: processes, addresses, services, time."""

from __future__ import annotations

import re

from checks.world import layout
from checks.world.ganeti import daemons, scheduler
from checks.world.node.machine import SimulatedProcess
from checks.world.programs.call import ProgramCall
from checks.world.programs.options import parse_unix
from checks.world.programs.registry import program

_PS = ("-e", "-ww", "-o", "pid=,ppid=,user:20=,stat=,etimes=,args=")


@program("ps")
def ps(call: ProgramCall, args: list[str]) -> int:
    """Only the one form that everything here is read with; others would need ps's whole language."""
    if tuple(args) != _PS:
        call.fail("error: unsupported option (BSD syntax)", "", "Usage:", " ps [options]")
    now = call.cluster.clock.monotonic()
    shown = [SimulatedProcess(1, 0, "root", "/sbin/init", 0.0, stat="Ss"), *call.machine.processes.values()]
    for process in sorted(shown, key=lambda process: process.pid):
        call.say(
            f"{process.pid:7d} {process.ppid:7d} {process.user:<20} {process.stat:<4}"
            f" {max(0, int(now - process.started)):6d} {process.args}"
        )
    return 0


@program("ip")
def ip(call: ProgramCall, args: list[str]) -> int:
    if args != ["-o", "address", "show"]:
        call.fail(f'Object "{args[0] if args else ""}" is unknown, try "ip help".')
    machine = call.machine
    lines = ["1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever"]
    for index, (name, address) in enumerate((("vec0", machine.primary_ip), ("vec1", machine.secondary_ip)), 2):
        lines.append(
            f"{index}: {name}    inet {address}/24 brd {address.rsplit('.', 1)[0]}.255 scope global {name}"
            "\\       valid_lft forever preferred_lft forever"
        )
    if machine.holds_master_ip:
        device = call.cluster.first_config.cluster["master_netdev"]
        lines.append(
            f"4: {device}    inet {call.cluster.master_ip}/32 scope global {device}:0"
            "\\       valid_lft forever preferred_lft forever"
        )
    call.say(*lines)
    return 0


def _address_answers(call: ProgramCall, address: str) -> bool | None:
    """Whether something has this address and is reached from here; None for no address at all."""
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", address):
        machine = call.cluster.machine(address)
        if machine is None:
            return None
        address = machine.primary_ip
    if address.startswith("127."):
        return True
    if address == call.cluster.master_ip:
        return call.cluster.holder_of_master_ip(seen_from=call.machine) is not None
    for machine in call.cluster.machines.values():
        if address == machine.secondary_ip:
            return machine.powered
        if address == machine.primary_ip:
            same = machine is call.machine
            return machine.powered and (same or (machine.on_cluster_net and call.machine.on_cluster_net))
    return False


@program("ping")
def ping(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-n", "-q"}, {"-c", "-i", "-W", "-I", "-w"}, code=2)
    if len(options.rest) != 1:
        call.fail("ping: usage error: Destination address required", code=2)
    address = options.rest[0]
    answer = _address_answers(call, address)
    if answer is None:
        call.fail(f"ping: {address}: Name or service not known", code=2)
    text = options.value("-c", "4")
    count = int(text) if text.isdecimal() and int(text) > 0 else 1
    call.say(f"PING {address} ({address}) 56(84) bytes of data.")
    apart = float(options.value("-i", "1"))
    call.spend((count - 1) * apart + (0.1 if answer else float(options.value("-W", "10"))))
    if answer:
        call.say(*(f"64 bytes from {address}: icmp_seq={number} ttl=64 time=0.6 ms" for number in range(1, count + 1)))
    received, loss = (count, 0) if answer else (0, 100)
    call.say(
        "",
        f"--- {address} ping statistics ---",
        f"{count} packets transmitted, {received} received, {loss}% packet loss, time {count * 1000 - 990}ms",
    )
    return 0 if answer else 1


@program("socat")
def socat(call: ProgramCall, args: list[str]) -> int:
    """Only to see whether a port answers."""
    match = re.fullmatch(r"TCP4?:([^:,]+):(\d+)(?:,.*)?", args[-1]) if args else None
    if match is None or args[:-1] != ["-u", "OPEN:/dev/null"]:
        call.fail("socat E wrong number of parameters; use option -h for help")
    address, port = match[1], int(match[2])
    reached = _address_answers(call, address)
    if not reached:
        call.spend(3.0)
        call.fail(f"socat[{call.machine.next_pid}] E connecting to AF=2 {address}:{port}: Connection timed out")
    owner = next((m for m in call.cluster.machines.values() if address in (m.primary_ip, m.secondary_ip, m.name)), None)
    if address == call.cluster.master_ip:
        owner = call.cluster.holder_of_master_ip(seen_from=call.machine)
    owner = owner or call.machine
    listening = {22, owner.ssh_port} | ({layout.NODE_PORT} if owner.daemon("noded") is not None else set())
    if port not in listening:
        call.fail(f"socat[{call.machine.next_pid}] E connect(5, AF=2 {address}:{port}, 16): Connection refused")
    return 0


@program("hostname")
def hostname(call: ProgramCall, args: list[str]) -> int:
    if args in (["--fqdn"], ["-f"]):
        call.say(call.machine.name)
    elif not args or args == ["-s"]:
        call.say(call.machine.name.split(".", 1)[0])
    else:
        call.fail(f"hostname: unsupported: {' '.join(args)}")
    return 0


@program("getent")
def getent(call: ProgramCall, args: list[str]) -> int:
    """Look names up in /etc/hosts, each with the three kinds of sockets."""
    if args[:1] != ["ahosts"] or not args[1:]:
        call.fail(f"getent: unsupported: {' '.join(args)}")
    lines = (call.machine.files.read("/etc/hosts") or "").splitlines()
    table = [line.split("#")[0].split() for line in lines]
    code = 0
    for name in args[1:]:
        addresses = [words[0] for words in table if name in words[1:]]
        for address in addresses:
            call.say(f"{address:<15} STREAM {name}", f"{address:<15} DGRAM  ", f"{address:<15} RAW    ")
        code = code if addresses else 2
    return code


@program("uname")
def uname(call: ProgramCall, args: list[str]) -> int:
    words = {"-n": call.machine.name.split(".", 1)[0], "-s": "Linux", "-r": "6.1.0", "-m": "x86_64"}
    asked = args or ["-s"]
    unknown = [word for word in asked if word not in words]
    if unknown:
        call.fail(f"uname: invalid option -- '{unknown[0]}'", "Try 'uname --help' for more information.")
    call.say(" ".join(words[word] for word in asked))
    return 0


@program("id")
def identity(call: ProgramCall, args: list[str]) -> int:
    if args != ["-u"]:
        call.fail(f"id: unsupported: {' '.join(args)}")
    call.say("0")
    return 0


@program("logger")
def logger(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, (), {"-p", "-t"}, {"--priority": "-p", "--tag": "-t"})
    call.machine.logged.append(
        (options.value("-p", "user.notice"), options.value("-t", "root"), " ".join(options.rest))
    )
    return 0


@program("date")
def date(call: ProgramCall, args: list[str]) -> int:
    if args != ["+%s"]:
        call.fail(f"date: invalid date '{' '.join(args)}'")
    call.say(str(int(call.cluster.now) + call.machine.clock_off))
    return 0


@program("systemctl")
def systemctl(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"--quiet", "--no-pager", "--no-ask-password"}, (), {"-q": "--quiet"})
    verb, *units = options.rest or [""]
    units = [unit.removesuffix(".service") for unit in units]
    if verb not in {"is-active", "start", "stop", "restart"}:
        call.fail(f"Unknown command verb '{verb}', did you mean 'start'?")
    if not units:
        call.fail("Too few arguments.")
    if units != ["ganeti"]:
        if verb == "is-active":
            call.say("inactive")
            return 4
        call.fail(f"Failed to {verb} {units[0]}.service: Unit {units[0]}.service not found.", code=5)
    machine = call.machine
    if verb == "is-active":
        if "--quiet" not in options.flags:
            call.say(machine.service)
        return 0 if machine.service == "active" else 3
    if verb in {"stop", "restart"}:
        daemons.stop_all(call.cluster, machine)
    if verb in {"start", "restart"}:
        # Starting what is active already does nothing, even if the daemons are dead.
        if verb == "start" and machine.service == "active":
            return 0
        daemons.start_all(call.cluster, machine)
    return 0


NAMES = {"9": "KILL", "15": "TERM", "18": "CONT", "19": "STOP"}
SIGNALS = NAMES | {given: name for name in NAMES.values() for given in (name, f"SIG{name}")}


def _signal(call: ProgramCall, process: SimulatedProcess, signal: str) -> None:
    job_process = "/jqueue/exec.py " in process.args
    if signal in {"STOP", "CONT"}:
        process.stat = "T" if signal == "STOP" else "S"
        return
    if process.stopped and signal == "TERM":
        # Pending until it goes on.
        return
    if job_process and signal == "TERM":
        # A job only takes note of it, as seen on the real cluster.
        return
    machine = call.machine
    machine.processes.pop(process.pid, None)
    for child in machine.processes.values():
        if child.ppid == process.pid:
            child.ppid = 1
    if process.awaited_by is not None:
        scheduler.script_ended(call.cluster, process.awaited_by)
    if job_process:
        scheduler.process_died(call.cluster, machine)
    elif process.args.endswith("ganeti-luxid") or "/ganeti-luxid " in process.args:
        machine.holds_master_ip = machine.holds_master_ip and signal == "KILL"


@program("pkill")
def pkill(call: ProgramCall, args: list[str]) -> int:
    words = list(args)
    signal = "TERM"
    if words and words[0].startswith("-") and words[0][1:] in SIGNALS:
        signal = SIGNALS[words.pop(0)[1:]]
    options = parse_unix(call, words, {"-f", "-x"}, {"-P"}, {"--full": "-f", "--exact": "-x", "--parent": "-P"}, 2)
    parents = options.value("-P").split(",") if "-P" in options.values else None
    if len(options.rest) != 1:
        call.fail("pkill: only one pattern can be provided", "Try `pkill --help' for more information.", code=2)
    try:
        pattern = re.compile(options.rest[0])
    except re.error:
        call.fail("pkill: invalid regular expression", code=2)
    matches = pattern.fullmatch if "-x" in options.flags else pattern.search
    found = []
    for process in call.machine.processes.values():
        text = process.args if "-f" in options.flags else process.args.split()[0].rsplit("/", 1)[-1][:15]
        if matches(text) and (parents is None or str(process.ppid) in parents):
            found.append(process)
    for process in found:
        _signal(call, process, signal)
    return 0 if found else 1


@program("pgrep")
def pgrep(call: ProgramCall, args: list[str]) -> int:
    options = parse_unix(call, args, {"-f", "-a", "-x"}, (), {"--full": "-f", "--list-full": "-a"}, 2)
    if len(options.rest) != 1:
        call.fail("pgrep: only one pattern can be provided", "Try `pgrep --help' for more information.", code=2)
    try:
        pattern = re.compile(options.rest[0])
    except re.error:
        call.fail("pgrep: invalid regular expression", code=2)
    found = False
    for process in sorted(call.machine.processes.values(), key=lambda process: process.pid):
        text = process.args if "-f" in options.flags else process.args.split()[0].rsplit("/", 1)[-1][:15]
        if pattern.fullmatch(text) if "-x" in options.flags else pattern.search(text):
            call.say(f"{process.pid} {process.args}" if "-a" in options.flags else str(process.pid))
            found = True
    return 0 if found else 1


@program("kill")
def kill(call: ProgramCall, args: list[str]) -> int:
    words = list(args)
    signal = "TERM"
    if words and words[0].startswith("-") and words[0] != "--":
        name = words.pop(0)[1:]
        if name == "s" and words:
            name = words.pop(0)
        if name == "0":
            signal = "0"
        elif name in SIGNALS:
            signal = SIGNALS[name]
        else:
            call.fail(f"sh: 1: kill: Illegal option -{name[:1]}", code=2)
    words = [word for word in words if word != "--"]
    if not words:
        call.fail("sh: 1: kill: Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]...", code=2)
    code = 0
    for word in words:
        process = call.machine.processes.get(int(word)) if word.isdecimal() else None
        if process is None:
            call.complain(
                "sh: 1: kill: No such process" if word.isdecimal() else f"sh: 1: kill: Illegal number: {word}"
            )
            code = 1
        elif signal != "0":
            _signal(call, process, signal)
    return code


@program("true")
def true(_call: ProgramCall, _args: list[str]) -> int:
    return 0
