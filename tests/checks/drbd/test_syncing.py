"""How far a copy is, told while it is waited for."""

import pytest

from checks.drbd.checks.disks import are_connected, in_sync
from tests.checks.imitation import ONE, TWO, Imitation

SYNCING = """\
version: 8.4.11 (api:1/proto:86-101)
 {minor}: cs:{side} ro:Primary/Secondary ds:{disks} C r-----
    ns:61440 nr:0 dw:0 dr:61440 al:0 bm:0 lo:0 pe:1 ua:0 ap:0 ep:1 wo:f oos:379584
\t[=======>............] sync'ed: 42.1% (379584/655360)K
\tfinish: 0:02:05 speed: 12,288 (12,288) want: 0 K/sec
"""
PLAIN = "version: 8.4.11 (api:1/proto:86-101)\n {minor}: cs:{connection} ro:Secondary/Primary ds:{disks} C r-----\n"


def test_a_copy_that_is_made_says_how_far_it_is_and_how_long_it_will_take() -> None:
    world = Imitation()
    world.files[ONE]["/proc/drbd"] = SYNCING.format(minor=0, side="SyncSource", disks="UpToDate/Inconsistent")
    world.files[TWO]["/proc/drbd"] = SYNCING.format(minor=5, side="SyncTarget", disks="Inconsistent/UpToDate")
    verdict = in_sync(world.context(), instance="inst1")
    assert verdict.holds is False
    assert f"disk 0 on {TWO} (42.1 % done, about 2 min 5 s left)" in verdict.summary
    assert any("42.1 % done" in line for line in verdict.evidence)
    assert are_connected(world.context(), instance="inst1", with_disks=True).holds is True


@pytest.mark.parametrize(
    ("connection", "disks", "connected"),
    [("Connected", "Diskless/UpToDate", True), ("WFConnection", "UpToDate/DUnknown", False)],
)
def test_connected_is_not_in_sync(connection: str, disks: str, *, connected: bool) -> None:
    world = Imitation()
    for node, minor in ((ONE, 0), (TWO, 5)):
        world.files[node]["/proc/drbd"] = PLAIN.format(minor=minor, connection=connection, disks=disks)
    assert are_connected(world.context(), instance="inst1").holds is connected
    assert are_connected(world.context(), instance="inst1", with_disks=True).holds is False
    verdict = in_sync(world.context(), instance="inst1")
    assert (verdict.holds, "% done" in verdict.summary) == (False, False)
    world.silence(TWO)
    assert are_connected(world.context(), instance="inst1").holds is (None if connected else False)
