"""The one error the lab raises for everything that can be expected to go wrong."""


class LabError(Exception):
    """What happened and what to do next, in a sentence a person can act on."""
