"""Checks that a change was taken back, or may be."""

from __future__ import annotations
