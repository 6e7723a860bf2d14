"""Files that runs kept: only what has the name of a run, in a folder that was asked for, is one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.cluster.parse.kept import KeptFile, parse_kept, stamp
from checks.look.commands import KEPT_FOLDERS

RUN = "20261122-120000-stuck-job-0a1b"


def test_a_backup_and_a_moved_file_are_found_with_size_and_age() -> None:
    text = f"13\t/etc/default/ganeti.{RUN}\n2048\t/var/backups/ganeti-job-41.{RUN}\n"
    since = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert parse_kept(text, KEPT_FOLDERS) == (
        KeptFile(f"/etc/default/ganeti.{RUN}", 13, since),
        KeptFile(f"/var/backups/ganeti-job-41.{RUN}", 2048, since),
    )


@pytest.mark.parametrize(
    "line",
    [
        f"13\t/etc/passwd ; reboot.{RUN}",
        f"13\t/etc/../root/x.{RUN}",
        f"13\t/home/x/y.{RUN}",
        f"13\t/etc/x.{RUN}.bak",
        "13\t/etc/x.20261122-120000",
        f"-1\t/etc/x.{RUN}",
        f"13\t/etc/$(reboot).{RUN}",
        f"13\t/etc/\u202ex.{RUN}",
        f"١٣\t/etc/x.{RUN}",
    ],
)
def test_what_is_no_file_of_a_run_is_passed_over(line: str) -> None:
    assert parse_kept(line, KEPT_FOLDERS) == ()


def test_a_time_that_there_is_not_is_none() -> None:
    assert stamp("x.20269999-120000") is None
    assert stamp("before-discard-x") is None


@given(st.text(alphabet=st.sampled_from("09/.-\t\nabekt;$é "), max_size=80))
def test_whatever_a_host_prints_only_plain_paths_come_out(text: str) -> None:
    for one in parse_kept(text, KEPT_FOLDERS):
        assert one.path.rpartition("/")[0] in KEPT_FOLDERS
        assert not set(one.path) & set(" ;$\n\t")
