"""Templates and expressions of a runbook: Jinja2 in a sandbox, where nothing undefined is ever false."""

from engine.template.check import Kind, check, type_of
from engine.template.render import evaluate, names_in, render, resolve
from engine.template.sandbox import TemplateError
from engine.template.words import StrangeWordError, words

__all__ = [
    "Kind",
    "StrangeWordError",
    "TemplateError",
    "check",
    "evaluate",
    "names_in",
    "render",
    "resolve",
    "type_of",
    "words",
]
