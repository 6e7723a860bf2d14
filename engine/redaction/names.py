"""What things are called whose value is a secret."""

from __future__ import annotations

import re

_ANYWHERE = (
    r"(?<!/)passwd|(?<!/)pwd|password|passphrase|passcode|secret|token|credential|contrase[ñn]a|(?:db|database|key)_?pass|"
    r"(?:api|auth|access|account|service|client|db|database|hmac|priv|private|pre[_-]?shared|encryption|signing|"
    r"softlayer|cloudant|cloud?|iam)[_-]{0,2}key|(?<![^\W_])(?:sl|cl|ibm)[_-]{0,2}(?:api[_-]{0,2})?key"
)
"""Not /passwd: that is a file, and what stands behind it an error."""
_SHORT = (
    r"(?:(?<![^\W_])|(?<=ssh)|(?<=api)|(?<=db)|(?<=root)|(?<=user)|(?<=bind)|(?<=admin)|(?<=ibm)|(?<=iam)|(?<=cloud)|(?<=require)|(?-i:(?<=[a-z])(?=P)))"
    r"(?:pass|pw|psk)(?=[\d_-]|(?![^\W_]))(?![_-]?through)"
)
"""Where a word begins or behind another: compass and bypass are none."""
WORD = rf"(?:{_ANYWHERE}|{_SHORT})[\w-]{{0,64}}+"
"""The part of a name that says so, with all behind it."""
_NAME = re.compile(rf"[\w.-]{{0,64}}?{WORD}", re.IGNORECASE)
_PARTS = ("pass", "pw", "psk", "secret", "token", "credential", "contrase", "key")
"""One of these is in each of them."""
_LONGEST = 200


def is_secret_name(name: str) -> bool:
    """Whether the value of something of this name is a secret."""
    return len(name) <= _LONGEST and _NAME.fullmatch(name) is not None


def may_name(text: str) -> bool:
    """Whether such a name can be in a text at all: a look that costs a hundredth of a search for one."""
    # Only where small letters are the same to all: beyond ASCII, others count as k, s and i.
    if not text.isascii():
        return True
    small = text.lower()
    return any(part in small for part in _PARTS)
