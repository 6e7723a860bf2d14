"""Several things of one kind, with the words that runbooks have for some of them."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, GetCoreSchemaHandler

Item_co = TypeVar("Item_co", covariant=True)


class Several(tuple[Item_co, ...]):
    """A fact that is a tuple, and says by properties which of its items a runbook means: `victims.primary`.

    `class Victims(Several[Victim])`. Journals hold it as the list that it is, and it is read back from that.
    """

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: GetCoreSchemaHandler) -> Any:
        """How it is written and read."""
        items: Any = tuple.__class_getitem__((item_of(cls), ...))
        return handler(Annotated[items, AfterValidator(cls)])


def item_of(several: type[Several[Any]]) -> Any:
    """The type of its items."""
    bases = (base for one in several.__mro__ for base in getattr(one, "__orig_bases__", ()))
    return next(get_args(base)[0] for base in bases if get_args(base))
