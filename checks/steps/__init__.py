"""Kinds of steps that only this pack has."""
