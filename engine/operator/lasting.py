"""Whether the terminal of a run outlasts the connection it is used over."""

from __future__ import annotations

from collections.abc import Mapping

from engine.operator.interface import Line, Style

KEEPERS = ("TMUX", "STY")
"""What tmux and screen set for the programs in them."""


def hints(environment: Mapping[str, str]) -> tuple[Line, ...]:
    """What whoever is logged in by ssh should know, unless tmux or screen keeps their terminal."""
    if not environment.get("SSH_CONNECTION") or any(environment.get(one) for one in KEEPERS):
        return ()
    words = (
        "You are logged in by ssh and not inside tmux or screen. If that connection is lost, the change that is under"
        " way is waited for, and the run ends; inside tmux it would go on."
    )
    return (Line(Style.WARNING, words),)
