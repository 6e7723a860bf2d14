"""How long `make test` takes without CI: `python -m tests.benchmarks.suite`; `make bench` shows it from then on."""

from __future__ import annotations

import json
import os
import subprocess

from tests.benchmarks.elsewhere import MAKE_TEST
from tests.benchmarks.measuring import clocked
from tests.benchmarks.programs import ARTIFACTS, ROOT


def main() -> None:
    env = {name: value for name, value in os.environ.items() if name != "CI"}
    seconds = clocked(lambda: subprocess.run(["make", "test"], cwd=ROOT, env=env, check=True))
    ARTIFACTS.mkdir(exist_ok=True)
    (ARTIFACTS / MAKE_TEST).write_text(json.dumps({"seconds": [seconds]}) + "\n")
    print(f"{seconds:.0f} s")


if __name__ == "__main__":
    main()
