from collections.abc import Callable

import pytest

from checks.drbd.parse.proc_drbd import parse_proc_drbd
from checks.look.output import ParseError

OLD = """\
version: 8.3.11 (api:88/proto:86-96)
srcversion: 2D876214BAAD53B31ADC1D6
 0: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r----
    ns:0 nr:178176 dw:178176 dr:0 al:104 bm:42 lo:0 pe:0 ua:0 ap:0 ep:1 wo:b oos:346112
     [=====>..............] sync'ed: 34.9% (346112/524288)M
     finish: 0:00:05 speed: 59,392 (59,392) K/sec
 1: cs:Unconfigured
 3: cs:StandAlone ro:Secondary/Unknown ds:UpToDate/DUnknown   r---
    ns:0 nr:0 dw:0 dr:0 al:0 bm:8 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
"""


def test_all_devices_of_a_healthy_node(data: Callable[[str], str]) -> None:
    found = parse_proc_drbd(data("drbd-connected.txt"))
    assert found.version == "8.4"
    assert sorted(found.devices) == [0, 1, 2, 3, 4]
    first = found.devices[0]
    assert (first.connection, first.role, first.peer_role) == ("Connected", "Primary", "Secondary")
    assert (first.disk, first.peer_disk, first.synced) == ("UpToDate", "UpToDate", None)
    assert first.line == "0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----"


def test_a_stuck_handshake(data: Callable[[str], str]) -> None:
    device = parse_proc_drbd(data("drbd-bitmap-stuck.txt")).devices[0]
    assert (device.connection, device.disk, device.peer_disk) == ("WFBitMapS", "UpToDate", "Consistent")


def test_the_format_of_8_3_with_progress_and_unused_devices() -> None:
    devices = parse_proc_drbd(OLD).devices
    assert devices[0].synced == 34.9
    assert (devices[1].connection, devices[1].disk) == ("Unconfigured", "DUnknown")
    assert (devices[3].connection, devices[3].peer_role) == ("StandAlone", "Unknown")


def test_an_empty_first_line_and_crlf_are_no_reason_to_fail() -> None:
    assert parse_proc_drbd("\n" + OLD).devices.keys() == parse_proc_drbd(OLD).devices.keys()


def test_version_9_shows_no_devices_there() -> None:
    with pytest.raises(ParseError) as caught:
        parse_proc_drbd("version: 9.1.7 (api:2/proto:110-121)\nTransports (api:17): tcp (9.1.7)\n")
    assert caught.value.code == "drbd-9"


@pytest.mark.parametrize("text", ["", "no drbd\n", "version: 8.4.11 (x)\n 0: something else\n"])
def test_what_is_no_state(text: str) -> None:
    with pytest.raises(ParseError):
        parse_proc_drbd(text)


def test_what_is_still_to_be_copied_is_finer_than_the_percentage(data: Callable[[str], str]) -> None:
    old = parse_proc_drbd(OLD).devices
    assert (old[0].synced, old[0].out_of_sync, old[1].out_of_sync, old[3].out_of_sync) == (34.9, 346112, None, 0)
    assert parse_proc_drbd(data("drbd-bitmap-stuck.txt")).devices[0].out_of_sync == 4


def test_the_time_that_is_left() -> None:
    devices = parse_proc_drbd(OLD.replace("finish: 0:00:05", "finish: 100:02:05")).devices
    assert (devices[0].remaining, devices[3].remaining) == (360125, None)
    assert parse_proc_drbd(OLD).devices[0].remaining == 5


def test_the_time_that_is_left_may_stand_behind_the_percentage() -> None:
    told = OLD.replace("(346112/524288)M\n    ", "(346112/524288)M")
    assert told != OLD
    (device, *_others) = parse_proc_drbd(told).devices.values()
    assert (device.synced, device.remaining, device.out_of_sync) == (34.9, 5, 346112)
