"""Looking at hosts, many at once, each command at most once a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from engine.errors import HostError, HostUnreachableError, LinkLostError
from engine.transport.interface import Host, Links, Result
from engine.transport.reads import Read

AT_ONCE = 8
"""How many hosts are read at the same time."""


class Reader:
    """Makes reads and remembers them: within one moment the same question has one answer.

    A fact and a check are handed a reader; they may ask the same question again at no cost. The engine takes a new
    moment for each step, so that no step acts on what was true some minutes ago.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._answers: dict[tuple[Host, Read], Result | HostError] = {}

    def moment(self) -> Reader:
        """A reader that has seen nothing yet, over the same links."""
        return Reader(self._links)

    def read(self, host: Host, read: Read) -> Result:
        """Make one read.

        Raises:
            HostError: the host cannot be used, or did not answer in time.
        """
        key = (host, read)
        if key not in self._answers:
            self._answers[key] = self._ask(host, read)
        answer = self._answers[key]
        if isinstance(answer, HostError):
            raise answer
        return answer

    def read_all(self, reads: Iterable[tuple[Host, Read]]) -> Mapping[tuple[Host, Read], Result | HostError]:
        """Make many reads at the same time; a host that does not answer costs one timeout and an error value."""
        wanted = [pair for pair in dict.fromkeys(reads) if pair not in self._answers]
        by_host: dict[Host, list[Read]] = {}
        for host, one in wanted:
            by_host.setdefault(host, []).append(one)
        if by_host:
            with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(by_host))) as pool:
                for host, answers in pool.map(lambda item: (item[0], self._ask_host(*item)), by_host.items()):
                    for one, answer in zip(by_host[host], answers, strict=True):
                        self._answers[host, one] = answer
        return self._answers

    def _ask_host(self, host: Host, reads: Sequence[Read]) -> list[Result | HostError]:
        answers: list[Result | HostError] = []
        for one in reads:
            last = answers[-1] if answers else None
            # A host that did not answer once is not asked again in the same moment.
            answers.append(last if isinstance(last, HostError) else self._ask(host, one))
        return answers

    def _ask(self, host: Host, read: Read) -> Result | HostError:
        try:
            return self._links.to(host).run(read.argv, timeout=read.timeout)
        except HostError as error:
            return error
        except LinkLostError as error:
            # Nothing can be half done by a read, so a lost one is simply a host that did not answer.
            return HostUnreachableError(f"{host} did not answer.", why=error.what, hint=error.hint, code="host-silent")
