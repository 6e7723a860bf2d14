"""What is secret in what nodes print: in the configuration, in the files of jobs, and in files that are secrets.

The engine knows passwords and keys by their form; here is what Ganeti calls by other names.
"""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import Any

from checks.cluster.parse.config import DRBD
from checks.paths import DATA_DIR
from engine.redaction.arguments import arguments
from engine.redaction.forms import MASK, Found, is_secret_name, plain
from engine.redaction.programs import Program

OF_THE_OS = re.compile(r"os_?params.*|.*_private|.*_secret|.*osparams.*", re.IGNORECASE)
"""Parameters for the operating system of an instance (since 2.16 some are called private or secret; any may be)."""
OF_JOBS = frozenset({
    "command", "args", "handshake", "source_handshake", "x509_key_name", "x509_ca", "source_x509_ca",
    "destination_x509_ca", "node_certs", "ssh_private_key",
})  # fmt: skip
"""Fields of opcodes and of their results: commands to be executed, and what lets a cluster trust another
(lib/opcodes.py; lib/cmdlib/backup.py)."""
SECRET_FILE = re.compile(
    rf"{DATA_DIR}/(rapi/users|.*\.(key|pem)|cluster-domain-secret)|/etc/ssh/ssh_host_[a-z0-9]+_key|.*/\.ssh/id_[a-z0-9]+"
)
_LINE = re.compile(r"(?P<head>[^\n{\[]*)(?P<json>[{\[].*)", re.DOTALL)
_LOGICAL_ID = re.compile(r'(\[\s*"[^"\n]*"\s*,\s*"[^"\n]*"\s*,\s*\d+\s*,\s*\d+\s*,\s*\d+\s*,\s*")((?:[^"\\\n]|\\.)*)')
_NAMED = re.compile(r'"([\w.-]{1,80})"\s{0,16}:\s{0,16}')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\Z)', re.DOTALL)
_DRBD_ID = 6
_OF_DRBD = (
    "-x", "--shared-s", "--shared-se", "--shared-sec", "--shared-secr", "--shared-secre", "--shared-secret",
)  # fmt: skip
_PARAMETERS = ("-O", "--os-parameters", "--os-parameters-private", "--os-parameters-secret")
PROGRAMS = (
    Program("drbdsetup drbdsetup-83 drbdsetup-84 drbdadm drbdadm-84", _OF_DRBD),
    Program("gnt-instance gnt-backup gnt-cluster gnt-os gnt-debug burnin", settings=_PARAMETERS),
)
"""How DRBD is given its secret: 8.3 by a letter, 8.4 by a long option that may be cut short (drbdsetup(8);
lib/storage/drbd_cmdgen.py); and what Ganeti's own commands hand to the scripts of an operating system
(gnt-instance(8))."""
_OF_RAPI = re.compile(r"(\{(?:HA1|cleartext)\})([^\s\"']+)", re.IGNORECASE)
"""The password of a user of the RAPI, hashed or not (ganeti-rapi(8))."""


def redact(argv: tuple[str, ...], text: str, found: Found) -> str:
    """One stream of what a command printed, without secrets."""
    if argv[:1] == ("cat",) and any(SECRET_FILE.fullmatch(path) for path in argv[1:]):
        return found(text)
    text = _OF_RAPI.sub(lambda match: match[1] + found(match[2]), text)
    text = arguments(PROGRAMS).text(text, found)
    whole = _json(text, found)
    if whole is not None:
        return whole
    done = []
    for of_json, lines in groupby(text.split("\n"), key=_may_hold_json):
        some = list(lines)
        done += [_of_line(line, found) for line in some] if of_json else [plain("\n".join(some), found)]
    return "\n".join(done)


def _may_hold_json(line: str) -> bool:
    return '"' in line and _LINE.fullmatch(line) is not None


def _of_line(line: str, found: Found) -> str:
    """A line with JSON at its end, such as one of grep behind a path; what looks like JSON may be damaged or none."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise AssertionError
    inner = _json(match["json"], found)
    if inner is not None:
        return plain(match["head"], found) + inner
    return plain(match["head"] + _damaged(match["json"], found), found)


def _json(text: str, found: Found) -> str | None:
    """The same JSON without secrets, unchanged where there are none; None if it is no JSON."""
    try:
        data = json.loads(text)
        if not isinstance(data, dict | list):
            return None
        clean = _walked(data, found)
        if clean == data:
            return text
        return json.dumps(clean, separators=(",", ":")) + ("\n" if text.endswith("\n") else "")
    except (ValueError, RecursionError):
        return None


def _walked(data: Any, found: Found) -> Any:
    if isinstance(data, dict):
        logical_id = data.get("logical_id")
        of_drbd = data.get("dev_type") in DRBD and isinstance(logical_id, list) and len(logical_id) == _DRBD_ID
        return {
            name: [*value[:-1], _masked(value[-1], found)]
            if of_drbd and name == "logical_id"
            else _masked(value, found)
            if _secret(name)
            else _walked(value, found)
            for name, value in data.items()
        }
    if isinstance(data, list):
        return [_walked(one, found) for one in data]
    return plain(data, found) if isinstance(data, str) else data


def _secret(name: str) -> bool:
    return name in OF_JOBS or is_secret_name(name) or OF_THE_OS.fullmatch(name) is not None


def _masked(data: Any, found: Found) -> Any:
    """The same shape; names stay, values do not."""
    if isinstance(data, dict):
        return {name: _masked(value, found) for name, value in data.items()}
    if isinstance(data, list):
        return [_masked(one, found) for one in data]
    if data is None or isinstance(data, bool):
        return data
    return found(data) if isinstance(data, str) else MASK


def _damaged(text: str, found: Found) -> str:
    """JSON that cannot be understood: whatever stands behind a secret's name goes, up to where its value ends."""
    text = _LOGICAL_ID.sub(lambda match: match[1] + found(match[2]), text)
    done, at = [], 0
    for match in _NAMED.finditer(text):
        if match.start() < at or not _secret(match[1]):
            continue
        end = _end_of_value(text, match.end())
        if text[match.end() : end] not in {"null", "true", "false", "{}", "[]"}:
            for secret in _STRING.finditer(text, match.end(), end):
                found(secret[1])
            done += [text[at : match.end()], f'"{MASK}"']
            at = end
    return "".join([*done, text[at:]])


def _end_of_value(text: str, start: int) -> int:
    depth, at = 0, start
    while at < len(text):
        if text[at] == '"':
            string = _STRING.match(text, at)
            at = string.end() if string else len(text)
            if depth == 0:
                return at
            continue
        depth += (text[at] in "{[") - (text[at] in "}]")
        if depth < 0 or (depth == 0 and text[at] == ","):
            return at
        at += 1
        if depth == 0 and text[at - 1] in "}]":
            return at
    return at
