"""From the text of a runbook to a runbook that can be run, or to all that is wrong with it at once."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from engine.headings import Heading
from engine.knowledge import Knowledge
from engine.load.document import decode, read_document
from engine.load.holds import write_out
from engine.load.meaning import check_meaning
from engine.load.problems import InvalidRunbookError
from engine.load.shape import read_shape
from engine.load.source import Source
from engine.model.runbook import Runbook
from engine.steps.kinds import BUILTIN, Kinds


@dataclass(frozen=True, slots=True)
class LoadedRunbook:
    """A runbook that was checked.

    Attributes:
        origin: where it was read, as shown to the operator.
        text: what was read.
        digest: `sha256:` and the hash of the bytes that were read: which runbook this is, in the journal.
        kinds: who does its steps.
        instead_of: the origins of other runbooks of the same name that this one takes the place of.
        stranger: who else than us may have written its file, as the rest of a sentence; nothing if nobody else may.
    """

    runbook: Runbook
    origin: str
    text: str
    digest: str
    kinds: Kinds = BUILTIN
    instead_of: tuple[str, ...] = ()
    stranger: str = ""

    @property
    def heading(self) -> Heading:
        """As it is listed."""
        return Heading(self.runbook.id, self.runbook.title, self.origin, self.digest)


def load_runbook(source: Source, knowledge: Knowledge, kinds: Kinds = BUILTIN) -> LoadedRunbook:
    """Read and check a runbook.

    Raises:
        InvalidRunbookError: with every problem that can be found without running it.
    """
    document = read_document(source)
    write_out(document, knowledge.holds)
    shape = read_shape(document, kinds.models)
    if isinstance(document.data, dict):
        check_meaning(document, shape, knowledge)
    if shape.id is not None and source.file_name is not None and source.file_name != f"{shape.id}.yaml":
        document.report(("id",), f"the file must be named after the runbook: '{shape.id}.yaml'")
    if document.problems or shape.runbook is None:
        raise InvalidRunbookError(source.origin, document.problems)
    digest = f"sha256:{sha256(source.content).hexdigest()}"
    return LoadedRunbook(shape.runbook, source.origin, decode(source), digest, kinds, stranger=source.stranger)
