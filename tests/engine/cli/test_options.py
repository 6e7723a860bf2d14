"""The options that several commands have are written once, and are the same wherever they are."""

from dataclasses import fields
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from engine.cli.commands import COMMANDS, whole
from engine.cli.options import ApprovingOptions, LivingSiteOptions, grouped
from engine.effects import Effect

SHARED = {one.name for group in (LivingSiteOptions, ApprovingOptions) for one in fields(group)}


def test_a_group_of_options_comes_to_the_command_as_one_value() -> None:
    seen: list[tuple[str, LivingSiteOptions, ApprovingOptions, bool]] = []

    def command(what: str, *, at: LivingSiteOptions, dry: bool = False, said: ApprovingOptions) -> None:
        seen.append((what, at, said, dry))

    app = typer.Typer()
    app.command()(grouped(command))
    words = ["x", "--host", "one", "-H", "two", "--port", "2222", "--dry", "--yes", "disruptive", "--answers", "a.yaml"]
    for given in ([*words, "--dead", "three"], ["y"]):
        result = CliRunner().invoke(app, given)
        assert result.exit_code == 0, result.output
    at = LivingSiteOptions(host=["one", "two"], port=2222, dead=["three"])
    said = ApprovingOptions(answers=Path("a.yaml"), yes=Effect.DISRUPTIVE)
    assert seen == [("x", at, said, True), ("y", LivingSiteOptions(), ApprovingOptions(), False)]


@pytest.mark.parametrize("option", sorted(SHARED))
def test_an_option_says_the_same_in_every_command(option: str) -> None:
    found = {
        name: (one.opts, one.help, one.default)
        for name in COMMANDS
        for one in whole(name).params
        if one.name == option and one.param_type_name == "option"
    }
    assert len(found) > 1
    assert len({str(one) for one in found.values()}) == 1, found
