"""Checks of what every node has to have under Ganeti: DRBD's module, LVM's filter."""

from __future__ import annotations
