"""`python -m engine.cli`: the same as `gnt-runbook`."""

from engine.cli.main import main

main()
