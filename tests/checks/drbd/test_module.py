"""What DRBD's module calls on a node, and what an undo may make it call again."""

from dataclasses import replace

import pytest

from checks.drbd.facts.module import setup
from tests.checks.diagnosis.clinic import TWO, patient


def test_an_undo_puts_back_the_program_that_was_called() -> None:
    found = setup(patient("drbd-host-setup.helper").context(), node=TWO)
    assert (found.helper, found.former_helper) == ("/sbin/drbdadm", "/sbin/drbdadm")


@pytest.mark.parametrize("helper", ["/bin/true\n", "", None, "/bin/sh -c x", "../x"])
def test_what_can_be_no_program_is_not_put_back(helper: str | None) -> None:
    found = replace(setup(patient("drbd-host-setup.helper").context(), node=TWO), helper=helper)
    assert not found.helper_fits
    assert found.former_helper == found.wanted_helper == "/bin/true"
