from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.transport.pool import ConnectedLinks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.transport.ssh import SshLink
    from tests.sshd import Sshd


@pytest.fixture
def link(sshd: Sshd) -> Iterator[SshLink]:
    links = ConnectedLinks(sshd.settings())
    yield links.to(sshd.host())
    links.close()


def test_a_command_says_what_it_says_and_how_it_ended(link: SshLink) -> None:
    result = link.run(["sh", "-c", "echo out; echo err >&2; exit 3"], timeout=10)
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
    assert result.argv == ("sh", "-c", "echo out; echo err >&2; exit 3")
