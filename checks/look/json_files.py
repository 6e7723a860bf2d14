"""JSON files of Ganeti, checked against the part of their form that matters here.

They may hold secrets (of DRBD, of operating systems' parameters), so that no error ever quotes them.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from checks.look.output import ParseError

Form = TypeVar("Form")


class GanetiDocument(BaseModel):
    """A JSON object of which only some members matter."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


def read_document(form: TypeAdapter[Form], text: str, source: str) -> Form:
    """Parse JSON of a known form.

    Raises:
        ParseError: it is no JSON, or of another form; the message says where, never what is there.
    """
    try:
        return form.validate_json(text)
    except ValidationError as error:
        first: dict[str, Any] = dict(error.errors(include_url=False, include_context=False, include_input=False)[0])
        place = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or part.isidentifier())
        # pydantic's words for broken JSON end with line and column; they quote nothing of the text, nor do ours.
        why = str(first["msg"]) if first["type"] in {"json_invalid", "grammar"} else str(first["type"])
        raise ParseError(source, f"{why} at {place}" if place else why) from None
    except ValueError:
        raise ParseError(source, "it is no text in UTF-8") from None
