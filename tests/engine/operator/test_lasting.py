"""The hint for those whose terminal ends with their connection."""

import pytest

from engine.operator.terminal import hints

SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}


def test_whoever_is_logged_in_by_ssh_is_told_once() -> None:
    (line,) = hints(SSH)
    assert "tmux or screen" in line.text


@pytest.mark.parametrize("environment", [{}, SSH | {"TMUX": "/tmp/tmux-0/default,1,0"}, SSH | {"STY": "1.pts-0.host"}])
def test_nobody_else_is(environment: dict[str, str]) -> None:
    assert hints(environment) == ()
