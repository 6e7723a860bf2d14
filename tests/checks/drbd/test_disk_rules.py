"""What is wrong with a disk: told apart by both sides, by the kernel logs, and by the network between the nodes."""

from collections.abc import Callable

import pytest

from engine.hosts.host import Host, Links, Result
from tests.checks.diagnosis.clinic import ONE, TWO, Patient, only, patient
from tests.support.links import Between, said

LOG = "/var/log/kern.log"
DISK = "disk 0 of inst1.lab.example"


def logged(*texts: str) -> str:
    return "".join(f"Nov 22 12:00:{at:02} hwhost-1 kernel: block drbd0: {text}\n" for at, text in enumerate(texts))


def handshake(value: int) -> str:
    return logged(
        "drbd_sync_handshake:",
        "self 847BF4066DFC6FA9:39B2205DEF9038D9:1C4686F269F66234:C416146BCB1CA73A bits:5 flags:0",
        "peer 39B2205DEF9038D8:0000000000000000:1C4686F269F66234:C416146BCB1CA73A bits:1 flags:0",
        f"uuid_compare()={value} by rule 90",
        *(["Split-Brain detected but unresolved, dropping connection!"] if abs(value) == 100 else []),
    )


def apart(ill: Patient, one: str = "StandAlone", two: str = "StandAlone", **second: str) -> Patient:
    """Both sides of the disk of inst1 without the other one."""
    for node, state in ((ONE, one), (TWO, two)):
        ill.disk(node, 0, state=state, seen_disk="DUnknown", seen_role="Unknown")
    return ill.disk(TWO, 0, **second)


def ill_with(log: str) -> Patient:
    return patient("healthy").writes(ONE, LOG, log).writes(TWO, LOG, "")


def test_a_split_brain_by_the_word_of_the_kernel() -> None:
    found = apart(ill_with(handshake(100))).diagnosed(without_tools)
    one = only(found, "disk-diverged")
    assert one.title.startswith(f"Disk 0 of inst1.lab.example has split: {ONE} was written alone")
    assert any("uuid_compare()=100 by rule 90" in line for line in one.evidence)
    assert f"{ONE}: /proc/drbd: 0: cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown   r-----" in one.evidence
    assert f"Worth keeping, as far as can be seen: {ONE}; the instance runs on {ONE}" in one.next
    assert not any("split brain" in each.question for each in found.unknown)


def test_it_tells_of_this_disk_only() -> None:
    ill = apart(ill_with(handshake(100)))
    for node in (ONE, TWO):
        ill.disk(node, 1, state="StandAlone", seen_disk="DUnknown", seen_role="Unknown")
    found = ill.diagnosed(without_tools)
    assert {one.about[0].name for one in found.findings if one.code == "disk-diverged"} == {"inst1.lab.example"}


@pytest.mark.parametrize(
    ("one", "two", "title"),
    [("StandAlone", "StandAlone", f"both its sides, {ONE} and {TWO} (StandAlone)"),
     ("StandAlone", "WFConnection", f"one of its sides, {ONE} (StandAlone)"),
     ("WFConnection", "StandAlone", f"one of its sides, {TWO} (StandAlone)")],
)  # fmt: skip
def test_one_side_that_was_written_is_no_split_brain(one: str, two: str, title: str) -> None:
    found = apart(ill_with(handshake(1)), one, two).diagnosed()
    assert title in only(found, "disk-standalone").title
    assert f"Worth keeping, as far as can be seen: {ONE}" in only(found, "disk-standalone").next


def test_a_resync_that_was_broken_off_is_no_split_brain() -> None:
    found = apart(ill_with(handshake(1)), "WFConnection", "StandAlone", disk="Inconsistent").diagnosed()
    one = only(found, "disk-sync-broken")
    assert f"its side on {TWO} is only half written" in one.title
    assert f"Worth keeping, as far as can be seen: {ONE}" in one.next


LOST = logged(
    "role( Secondary -> Primary )",
    "Local IO failed in drbd_endio_write_sec_final.",
    "disk( UpToDate -> Failed )",
    "disk( Failed -> Diskless )",
)


def test_a_primary_that_ran_without_its_disk_is_not_to_be_reconnected() -> None:
    found = apart(ill_with(LOST)).diagnosed()
    one = only(found, "disk-ran-diskless")
    assert f"was lost on {ONE} while it was in use there: what was written next is on {TWO} only" in one.title
    assert any("Local IO failed" in line for line in one.evidence)
    assert any("disk( UpToDate -> Failed )" in line for line in one.evidence)


def test_a_network_that_is_cut_explains_the_disks() -> None:
    ill = patient("healthy")
    for minor in range(5):
        for node in (ONE, TWO):
            ill.disk(node, minor, state="WFConnection", seen_disk="DUnknown", seen_role="Unknown")
    found = ill.diagnosed(without_replication)
    cause, *rest = found.findings
    assert cause.code == "replication-cut"
    assert f"{ONE}: ping and TCP port 1811 of 10.78.0.2: no answer" in cause.evidence
    assert {one.code for one in rest} == {"disk-cut"}
    assert len(rest) == 5
    assert all(one.explained_by == (cause.key,) and one.suggestion is None for one in rest)


def test_a_cut_network_and_two_written_sides_is_a_split_brain_all_the_same() -> None:
    ill = patient("healthy").happens("cut-replication", f"write {ONE} inst1/0", f"force-write {TWO} inst1/0")
    for minor in range(1, 5):
        for node in (ONE, TWO):
            ill.disk(node, minor, state="Connected", seen_disk="UpToDate")
    found = ill.diagnosed(without_replication)
    assert [one.code for one in found.findings] == ["replication-cut", "disk-diverged"]


def without_replication(links: Links) -> Links:
    """A cluster whose nodes do not reach each other at their secondary addresses."""

    def hear(_host: Host, argv: tuple[str, ...], ask: Callable[[], Result]) -> Result:
        away = argv[0] in {"ping", "socat"} and "10.78.0." in argv[-1]
        return said(argv, exit_code=1) if away else ask()

    return Between(links, hear)


def test_nothing_is_claimed_of_what_no_log_and_no_identifier_tells() -> None:
    ill = apart(patient("healthy"))
    found = ill.diagnosed(without_logs)
    assert only(found, "disk-standalone").next.startswith("From /proc/drbd alone a split brain")
    (open_question,) = found.unknown
    assert open_question.question == f"whether the two sides of {DISK} have diverged (split brain)"


def without_tools(links: Links) -> Links:
    return mute(links, "drbdsetup")


def without_logs(links: Links) -> Links:
    return mute(links, "drbdsetup", "journalctl", LOG)


def mute(links: Links, *silent: str) -> Links:
    """A cluster in which these programs and files say nothing."""

    def hear(_host: Host, argv: tuple[str, ...], ask: Callable[[], Result]) -> Result:
        return said(argv, "", "no such thing\n", 2) if {argv[0], argv[-1]} & {*silent} else ask()

    return Between(links, hear)
