"""The person behind a run, not only the account it runs under."""

from __future__ import annotations

import getpass
import os
import socket


def who() -> dict[str, str]:
    """Account, login and origin as far as this machine knows them; only what is known is in it."""
    known = {
        "account": _account(),
        "sudo_user": os.environ.get("SUDO_USER", ""),
        "login": _login(),
        "from": os.environ.get("SSH_CONNECTION", "").split(" ")[0],
        "machine": socket.gethostname(),
    }
    return {key: value for key, value in known.items() if value}


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.geteuid()}"


def _login() -> str:
    try:
        return os.getlogin()
    except OSError:
        return ""
