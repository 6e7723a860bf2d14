"""`gnt-runbook schema`: the form of runbooks, for the editors of those who write them."""

from __future__ import annotations

import json

import typer

from engine.cli.wiring import Workshop
from engine.load.library import kinds_of
from engine.load.schema import schema
from engine.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("schema")(print_schema)


def print_schema() -> None:
    """Print the JSON Schema of runbooks, for editors."""
    shop = Workshop(load_settings())
    typer.echo(json.dumps(schema(shop.knowledge, kinds_of(shop.packs)), indent=2))
