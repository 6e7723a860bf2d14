from __future__ import annotations

import shutil

import pytest

from tests.sshd import find_sshd


def test_a_missing_sshd_skips_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(pytest.skip.Exception, match="openssh"):
        find_sshd()
