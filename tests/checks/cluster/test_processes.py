import pytest

from checks.cluster.parse.processes import daemons, parse_processes
from checks.look.output import ParseError

# What the lab's nodes ran, as this pack's ps shows it.
LISTED = """\
      1       0 root                 Ss      3600 /sbin/init
    871       1 root                 S          9 /bin/sh /etc/init.d/ganeti start
    904       1 root                 S        512 /usr/bin/python3 /usr/sbin/ganeti-noded
   1360     904 root                 D         12 /usr/bin/python3 /usr/sbin/ganeti-noded
   1246       1 gnt-masterd          Ssl       80 /usr/sbin/ganeti-wconfd --no-voting --yes-do-it
   1257       1 gnt-rapi             S         79 /usr/bin/python3 /usr/sbin/ganeti-rapi -b 127.0.0.1
   1270       1 gnt-masterd          Ssl       78 /usr/lib/ganeti/2.15/usr/sbin/ganeti-luxid
   1199    1131 gnt-masterd          S         57 /usr/bin/python3 /usr/share/ganeti/3.0/ganeti/jqueue/exec.py 14
   1300    1131 gnt-masterd          S         57 /usr/bin/python /usr/share/ganeti/2.12/ganeti/jqueue/exec.py 15
   1492       1 root                 S          0 bash -c P=$(pgrep -f "jqueue/exec.py 16"); echo pid $P
   1493       1 root                 S          0 vi /usr/share/ganeti/3.0/ganeti/jqueue/exec.py 17
   1494       1 root                 S          0 /usr/bin/python3 /usr/share/ganeti/3.0/ganeti/jqueue/exec.py 18 19
   1495       1 root                 S          0 tail -f /var/log/ganeti-luxid
   1496       1 root                 S          0 vi ganeti-confd
"""


def test_daemons_by_their_short_names() -> None:
    assert daemons(parse_processes(LISTED)) == ("luxid", "noded", "rapi", "wconfd")


def test_jobs_only_where_python_executes_one() -> None:
    jobs = {process.pid: process.job for process in parse_processes(LISTED) if process.job}
    assert jobs == {1199: 14, 1300: 15}


def test_columns() -> None:
    child = next(process for process in parse_processes(LISTED) if process.pid == 1360)
    assert (child.parent, child.user, child.state, child.seconds) == (904, "root", "D", 12)
    assert child.words == ["/usr/sbin/ganeti-noded"]


def test_a_zombie_executes_no_job() -> None:
    (zombie,) = parse_processes("   1199    1131 gnt-masterd          Z         57 [python3] <defunct>\n")
    assert zombie.job is None


@pytest.mark.parametrize("text", ["", "\n", "  PID USER\n", "1199 gnt-masterd S 57\n"])
def test_what_is_no_list_of_processes(text: str) -> None:
    with pytest.raises(ParseError):
        parse_processes(text)
