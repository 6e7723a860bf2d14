"""The shell of a node: it knows the script of our own lock, as a whole, and nothing of its syntax."""

from __future__ import annotations

from checks.world.programs.call import ProgramCall
from checks.world.programs.registry import program
from engine.locks import script


@program("sh")
def sh(call: ProgramCall, args: list[str]) -> int:
    if args[:2] != ["-c", script.SCRIPT]:
        call.fail("sh: the rehearsal knows only the script of gnt-runbook's own lock", code=2)
    return _lock(call, args[3:])


def _lock(call: ProgramCall, args: list[str]) -> int:
    """The lock of a run, as its script keeps it on a node; flock is not needed where one command runs at a time."""
    verb, folder, token, content, former, silent = args
    path, files = f"{folder}/lock", call.machine.files
    file = files.get(path)
    held = (file.text or "").rstrip("\n") if file is not None else ""
    age = abs(int(call.cluster.now) - int(file.mtime)) if file is not None and held else 0

    def of(whose: str) -> bool:
        return bool(whose) and f'"token":"{whose}"' in held

    def write(text: str) -> None:
        files.make_dir(folder, mode=0o700)
        files.write(path, text, mode=0o600, mtime=call.cluster.now)

    told = f"held {age} {held}" if held else "free 0 "
    match verb:
        case "take" if not held or of(token) or (of(former) and age >= int(silent)):
            write(f"{content}\n")
            told = "ours 0"
        case "refresh" if file is None or of(token):
            write(f"{content}\n")
            told = "ours 0"
        case "refresh":
            told = f"lost {age} {held}"
        case "release":
            if of(token):
                write("")
            told = "free 0"
    call.say(f"gnt-runbook-lock {told}")
    return 0
