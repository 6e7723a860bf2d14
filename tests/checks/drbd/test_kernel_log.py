from hypothesis import given
from hypothesis import strategies as st

from checks.drbd.parse.kernel_log import Event, handshake, parse_events

DEVICES = """\
Nov 22 11:35:03 hwhost-1 kernel: [  944.630000] drbd resource0: conn( WFConnection -> WFReportParams ) 
Nov 22 11:35:03 hwhost-1 kernel: [  944.630000] block drbd0: drbd_sync_handshake:
Nov 22 11:35:03 hwhost-1 kernel: [  944.630000] block drbd0: self \
847BF4066DFC6FA9:39B2205DEF9038D9:1C4686F269F66234:C416146BCB1CA73A bits:1 flags:0
Nov 22 11:35:03 hwhost-1 kernel: [  944.630000] block drbd0: peer \
BFA17B36A98DDDE2:39B2205DEF9038D8:1C4686F269F66234:C416146BCB1CA73A bits:16384 flags:2
Nov 22 11:35:03 hwhost-1 kernel: [  944.630000] block drbd0: uuid_compare()=100 by rule 90
2026-11-22T12:41:43+0000 hwhost-1 kernel: block drbd1: role( Secondary -> Primary ) 
[  627.670000] drbd resource12/0 drbd12: disk( UpToDate -> Failed ) 
something about eth0
"""  # noqa: W291 - the kernel writes a space there

PLAIN = st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), max_size=60).map(str.strip)


def test_the_lines_about_devices_with_their_times() -> None:
    events = parse_events(DEVICES)
    assert [event.minor for event in events] == [0, 0, 0, 0, 0, 1, 12]
    assert [event.when for event in events[4:]] == ["Nov 22 11:35:03", "2026-11-22T12:41:43+0000", ""]
    assert events[0].changes == {"conn": "WFReportParams"}
    assert events[5].line == "2026-11-22T12:41:43+0000 role( Secondary -> Primary )"
    assert events[6].line == "disk( UpToDate -> Failed )"


def test_the_last_handshake_with_what_changed_on_both_sides() -> None:
    found = handshake(event for event in parse_events(DEVICES) if event.minor == 0)
    assert found is not None
    assert (found.value, found.rule, found.own_changed, found.peer_changed) == (100, 90, 4, 65536)
    assert found.own.current == 0x847BF4066DFC6FA9
    assert (found.own.crashed, found.peer.crashed) == (False, True)


def test_a_verdict_without_identifiers_is_no_handshake() -> None:
    assert handshake([Event(0, "", "uuid_compare()=100 by rule 90")]) is None


@given(st.lists(st.tuples(st.integers(0, 9_999_999), PLAIN), max_size=5))
def test_what_is_written_is_read_back(lines: list[tuple[int, str]]) -> None:
    text = "".join(f"2026-11-22T12:41:43+0000 host kernel: block drbd{minor}: {said}\n" for minor, said in lines)
    found = [(event.minor, event.text) for event in parse_events(text)]
    assert found == lines


@given(st.text() | st.text(st.sampled_from("drbdblock resource0:self peer bits flags 0123456789ABCDEF()->\n")))
def test_any_text_is_some_events(text: str) -> None:
    handshake(parse_events(text))
