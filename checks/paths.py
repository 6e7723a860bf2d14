"""Where Ganeti keeps its files on Debian (lib/pathutils.py); every path this pack reads is named here."""

DATA_DIR = "/var/lib/ganeti"
SSCONF_PREFIX = f"{DATA_DIR}/ssconf_"
"""Beginning of the small files which every node has and which need no daemon to be read."""
CONFIG_DATA = f"{DATA_DIR}/config.data"
"""The whole configuration, on the master and the master candidates. Holds secrets."""
LOCKS_DATA = f"{DATA_DIR}/locks.data"
"""The locks as wconfd saved them last; on the master only, and absent where none was ever saved."""
WATCHER_PAUSE = f"{DATA_DIR}/watcher.pause"
QUEUE_DIR = f"{DATA_DIR}/queue"
JOB_FILE_PREFIX = f"{QUEUE_DIR}/job-"
DEFAULTS = "/etc/default/ganeti"
"""The arguments of the daemons, sourced by the SysV script and read by the systemd units of 3.x."""
PROC_DRBD = "/proc/drbd"

SSH_PORT = 22
NODED_PORT = 1811
"""ganeti-noded, on every node (lib/constants, DEFAULT_NODED_PORT)."""
