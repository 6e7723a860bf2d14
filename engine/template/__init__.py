"""Templates and expressions of a runbook: Jinja2 in a sandbox, where nothing undefined is ever false."""

from engine.template.check import Kind, check, type_of
from engine.template.render import evaluate, names_in, render, resolve
from engine.template.sandbox import TemplateError

__all__ = ["Kind", "TemplateError", "check", "evaluate", "names_in", "render", "resolve", "type_of"]
