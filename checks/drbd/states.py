"""The states of DRBD 8.4: of a connection, of a role and of a disk, and which of them mean the same to a repair.

The words are those of /proc/drbd (drbd_strings.c), in the order of the kernel's own enumerations (linux/drbd.h, enum
drbd_conns, drbd_role and drbd_disk_state): from worse to better, as far as there is a better.
"""

from __future__ import annotations

from enum import StrEnum


class Connection(StrEnum):
    """The state of a connection, after `cs:`; the first three are no states of DRBD's."""

    UNSEEN = "unknown"
    """Our word: its node does not answer."""
    STRANGE = "strange"
    """Our word: its node tells a state of the connection, a role or a disk that DRBD 8.4 does not have."""
    UNCONFIGURED = "Unconfigured"
    """There is no such device, or one with neither a peer nor a disk (drbd_proc.c)."""
    STANDALONE = "StandAlone"
    DISCONNECTING = "Disconnecting"
    UNCONNECTED = "Unconnected"
    TIMEOUT = "Timeout"
    BROKEN_PIPE = "BrokenPipe"
    NETWORK_FAILURE = "NetworkFailure"
    PROTOCOL_ERROR = "ProtocolError"
    TEAR_DOWN = "TearDown"
    WF_CONNECTION = "WFConnection"
    WF_REPORT_PARAMS = "WFReportParams"
    CONNECTED = "Connected"
    STARTING_SYNC_S = "StartingSyncS"
    STARTING_SYNC_T = "StartingSyncT"
    WF_BITMAP_S = "WFBitMapS"
    WF_BITMAP_T = "WFBitMapT"
    WF_SYNC_UUID = "WFSyncUUID"
    SYNC_SOURCE = "SyncSource"
    SYNC_TARGET = "SyncTarget"
    VERIFY_S = "VerifyS"
    VERIFY_T = "VerifyT"
    PAUSED_SYNC_S = "PausedSyncS"
    PAUSED_SYNC_T = "PausedSyncT"
    AHEAD = "Ahead"
    BEHIND = "Behind"


class Role(StrEnum):
    """Who may write, after `ro:`; a peer that is not seen is Unknown."""

    UNKNOWN = "Unknown"
    PRIMARY = "Primary"
    SECONDARY = "Secondary"


class Disk(StrEnum):
    """The state of a disk, after `ds:`; that of a peer that is not seen is DUnknown."""

    DISKLESS = "Diskless"
    ATTACHING = "Attaching"
    FAILED = "Failed"
    NEGOTIATING = "Negotiating"
    INCONSISTENT = "Inconsistent"
    OUTDATED = "Outdated"
    UNKNOWN = "DUnknown"
    CONSISTENT = "Consistent"
    UP_TO_DATE = "UpToDate"

    def at_least(self, other: Disk) -> bool:
        """Whether it is in that state or a better one."""
        order = tuple(Disk)
        return order.index(self) >= order.index(other)


REAL = frozenset(Connection) - {Connection.UNSEEN, Connection.STRANGE, Connection.UNCONFIGURED}
"""The states that a device of DRBD's is in (enum drbd_conns)."""

HANDSHAKE = frozenset({
    Connection.WF_REPORT_PARAMS, Connection.STARTING_SYNC_S, Connection.STARTING_SYNC_T, Connection.WF_BITMAP_S,
    Connection.WF_BITMAP_T, Connection.WF_SYNC_UUID,
})  # fmt: skip
"""The sides agree on what to do: over within a second, or something keeps one of them from answering."""

RESYNC = frozenset({
    Connection.SYNC_SOURCE, Connection.SYNC_TARGET, Connection.PAUSED_SYNC_S, Connection.PAUSED_SYNC_T,
})  # fmt: skip
"""One side is copied over the other, or is to be as soon as another resync ends."""

VERIFY = frozenset({Connection.VERIFY_S, Connection.VERIFY_T})
"""An online verify: both sides are compared, block by block, while they go on mirroring. Nothing is wrong."""

CONGESTED = frozenset({Connection.AHEAD, Connection.BEHIND})
"""The link is too slow: writes are only noted and sent later (man drbdsetup, on-congestion pull-ahead)."""

MIRRORS = frozenset({Connection.CONNECTED, *VERIFY})
"""What is written reaches both sides at once, and nothing has to be copied; with good disks, all is well."""

LINKED = frozenset({*MIRRORS, *RESYNC, *CONGESTED})
"""The sides see each other and the handshake is over."""

MEETING = frozenset({*LINKED, *HANDSHAKE} - {Connection.WF_REPORT_PARAMS})
"""A side knows the state of its peer (drbd_int.h: conn >= C_CONNECTED)."""

SEEKING = frozenset({
    Connection.DISCONNECTING, Connection.UNCONNECTED, Connection.TIMEOUT, Connection.BROKEN_PIPE,
    Connection.NETWORK_FAILURE, Connection.PROTOCOL_ERROR, Connection.TEAR_DOWN, Connection.WF_CONNECTION,
})  # fmt: skip
"""It has lost its peer and looks for it, or is on the way there."""

APART = frozenset({Connection.STANDALONE, *SEEKING})
"""The sides do not see each other."""

SOURCE = frozenset({
    Connection.SYNC_SOURCE, Connection.PAUSED_SYNC_S, Connection.STARTING_SYNC_S, Connection.WF_BITMAP_S,
})  # fmt: skip
"""The side that is copied from, or will be: DRBD lets it be so only with good data (drbd_state.c, sanitize_state)."""

TARGET = frozenset({
    Connection.SYNC_TARGET, Connection.PAUSED_SYNC_T, Connection.STARTING_SYNC_T, Connection.WF_BITMAP_T,
    Connection.WF_SYNC_UUID,
})  # fmt: skip
"""The side that is copied over, or will be."""

SYNCING = HANDSHAKE | RESYNC
"""A resync and what leads to it: what Ganeti counts as one (lib/storage/drbd_info.py, CSET_SYNC)."""

NOT_KNOWN = frozenset({Connection.UNSEEN, Connection.STRANGE})
"""Nothing is known of the side: neither that it is well nor what is wrong with it."""

WITH_DATA = frozenset({Disk.OUTDATED, Disk.CONSISTENT, Disk.UP_TO_DATE})
"""A disk with a state of the data that was whole at some time."""

WITHOUT_DISK = frozenset({Disk.DISKLESS, Disk.FAILED})
"""The side has no disk of its own, or is losing it."""
