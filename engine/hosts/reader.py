"""Looking at hosts, many at once, each command at most once a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from engine.errors import HostDeclaredDeadError, HostError, LinkLostError
from engine.hosts.budget import Budget, silent
from engine.hosts.host import Host, Links, Result
from engine.hosts.memory import Memory
from engine.hosts.reads import Read
from engine.hosts.rounds import Answer, ManyReads, made_one_by_one
from engine.log import carried, tell

Question = tuple[Hashable, Hashable]
"""What is worked out, and of what."""
AT_ONCE = 8
"""How many hosts are read at the same time."""
LONG = 4096
"""Characters from which on the same text of several hosts is kept once."""


class Reader:
    """Makes reads and remembers them: within one moment the same question has one answer.

    A fact and a check are handed a reader; they may ask the same question again at no cost. The engine takes a new
    moment for each step, so that no step acts on what was true some minutes ago.

    Attributes:
        memory: what was worked out of these answers; of this moment like them.
    """

    def __init__(
        self, links: Links, pool: Executor | None = None, budgets: Mapping[Host, Budget] | None = None
    ) -> None:
        self._links = links
        # Of all moments: it starts a thread only where none is free.
        self._pool = pool or ThreadPoolExecutor(AT_ONCE, thread_name_prefix="read")
        self._answers: dict[tuple[Host, Read], Answer] = {}
        self._texts: dict[str, str] = {}
        self._gone: dict[Host, HostError] = {}
        self.memory = Memory()
        self._budgets = {host: one.anew() for host, one in (budgets or {}).items()}

    def moment(self) -> Reader:
        """A reader that has seen nothing yet, over the same links."""
        return Reader(self._links, self._pool, self._budgets)

    @property
    def hopeless(self) -> bool:
        """Whether something was not seen only because its host was declared dead: another moment shows no more."""
        errors = [*self._gone.values(), *(one for one in self._answers.values() if isinstance(one, HostError))]
        return bool(errors) and all(isinstance(one, HostDeclaredDeadError) for one in errors)

    def knows(self, host: Host, read: Read) -> bool:
        """Whether the answer is there, so that asking for it costs nothing."""
        return (host, read) in self._answers

    def once(self, question: Question, work: Callable[[], Any]) -> Any:
        """What is worked out of this moment's answers, once.

        Raises:
            RunbookError: what the work raised, each time as good as new.
        """
        return self.memory.once(question, work)

    def read(self, host: Host, read: Read) -> Result:
        """Make one read.

        Raises:
            HostError: the host cannot be used, or did not answer in time.
        """
        key = (host, read)
        if key not in self._answers:
            (self._answers[key],) = self._ask_host(host, (read,))
        answer = self._answers[key]
        if isinstance(answer, HostError):
            raise answer
        return answer

    def read_all(self, reads: Iterable[tuple[Host, Read]]) -> Mapping[tuple[Host, Read], Answer]:
        """Make many reads at the same time, those of one host in one command where its link can do that.

        A host that does not answer costs one timeout and an error value; a single read that does not end costs its
        own answer.
        """
        wanted = [pair for pair in dict.fromkeys(reads) if pair not in self._answers]
        by_host: dict[Host, list[Read]] = {}
        for host, one in wanted:
            by_host.setdefault(host, []).append(one)
        side_by_side = self._pool.map if len(by_host) > 1 else map
        for (host, asked), answers in zip(
            by_host.items(), side_by_side(carried(self._ask_host), by_host, by_host.values()), strict=True
        ):
            for one, answer in zip(asked, answers, strict=True):
                self._answers[host, one] = answer
        return self._answers

    def _ask_host(self, host: Host, reads: Sequence[Read]) -> Sequence[Answer]:
        begun = time.monotonic()
        answers = self._answers_of(host, reads)
        failed = [one.code for one in answers if isinstance(one, HostError)]
        seconds = round(time.monotonic() - begun, 3)
        tell(
            "reads", host=host.name, count=len(answers), failed=len(failed), codes=sorted(set(failed)), seconds=seconds
        )
        return [self._kept(one) for one in answers]

    def _kept(self, answer: Answer) -> Answer:
        """The answer; the files that all nodes of a cluster have are long, and the same."""
        if isinstance(answer, HostError) or len(answer.stdout) < LONG:
            return answer
        text = self._texts.setdefault(answer.stdout, answer.stdout)
        return answer if text is answer.stdout else replace(answer, stdout=text)

    def _answers_of(self, host: Host, reads: Sequence[Read], *, again: bool = True) -> Sequence[Answer]:
        """The answers of a host; what was not heard because the link was lost is asked for `again`, over a new one."""
        if host in self._gone:
            return [self._gone[host]] * len(reads)
        budget = self._budgets.setdefault(host, Budget())
        try:
            link = self._links.to(host)
        except HostError as error:
            # A host that did not answer once is not asked again in the same moment.
            self._gone[host] = error
            return [error] * len(reads)
        except LinkLostError as error:
            return [silent(host, error.what, error.hint)] * len(reads)
        if not isinstance(link, ManyReads):
            return made_one_by_one(host, link.run, reads, budget)
        answers = link.make_reads(reads, budget)
        lost = [one for one, answer in zip(reads, answers, strict=True) if _unheard(answer)]
        if link.alive or not lost or not again:
            return answers
        heard = dict(zip(lost, self._answers_of(host, lost, again=False), strict=True))
        return [heard.get(one, answer) for one, answer in zip(reads, answers, strict=True)]


def _unheard(answer: Answer) -> bool:
    return isinstance(answer, HostError) and answer.code in {"host-silent", "host-unreachable"}
