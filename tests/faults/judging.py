"""What has to be true of a run whatever went wrong with its link."""

from __future__ import annotations

from pathlib import Path

from engine.hosts.host import Host
from engine.hosts.ssh_settings import TransportSettings
from tests.faults.journey import STEPS, Journey, Listener
from tests.faults.moments import Conductor, Moment
from tests.faults.proxy import Proxy
from tests.faults.wires import PEER_TIMEOUT, ProxiedWire, faults, settings
from tests.reliability import record
from tests.sshd import Sshd


def survived(sshd: Sshd, folder: Path, name: str, moment: Moment) -> None:
    """Make a run through the proxy with this fault at this moment of each change, and judge it."""
    with Proxy(lambda: sshd.port) as proxy:
        fault = faults(proxy, sshd)[name]
        way = settings(sshd, proxy, folder, connect_timeout=5.0, peer_timeout=PEER_TIMEOUT.get(name, 3.0))
        conductor = Conductor(fault, moment, ProxiedWire(proxy))
        journey = travel(conductor, folder / "journey", sshd.host(), way)
    judge(conductor, journey)


def travel(conductor: Conductor, folder: Path, host: Host, way: TransportSettings) -> Journey:
    """Make a run to its end or its error, and wait until the conductor has done what it meant to."""
    conductor.journey = journey = Journey(folder, host, way, conductor, Listener(conductor.asked))
    journey.go()
    conductor.finish()
    return journey


def judge(conductor: Conductor, journey: Journey) -> None:
    """Each change came to its end once, with all of its output; nobody was asked for more than to approve it."""
    fault = conductor.fault
    assert journey.error is None, journey.operator.text
    assert conductor.mistakes == []
    assert [question.id for question, _answer in journey.operator.asked] == list(STEPS)
    told = journey.operator.told()
    assert told >= conductor.times if fault.until == "told" else told == 0 or fault.until == "by-itself"
    count = journey.count()
    record(
        fault.words,
        tried=conductor.times,
        lost=count.lost,
        twice=count.twice,
        seen=fault.seen,
        proof="links",
        part=conductor.moment,
    )
    assert (count.lost, count.twice) == (0, 0)
    kept = Path(journey.settings.state) / "changes" / journey.run
    assert not kept.exists(), "what the host kept is not needed any more"
