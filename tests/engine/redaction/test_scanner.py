"""Compared with a scanner that others maintain: what it would find is not there when the redactor is done.

A new release of it that knows more makes this fail; then `engine/redaction/tokens.py` has something to learn.
"""

from __future__ import annotations

import base64
import json
import re

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.keyword import CONFIG_DENYLIST_REGEX_TO_GROUP, DENYLIST, KeywordDetector
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.redaction.forms import MASK
from engine.redaction.redactor import Redactor

DETECTORS = {kind.__name__: kind for kind in get_mapping_from_secret_type_to_class().values()}
NOT_OURS = {
    "IPPublicDetector": "the addresses of nodes are what runbooks are about",
    "Base64HighEntropyString": "uuids, digests and fingerprints look like that",
    "HexHighEntropyString": "uuids, digests and fingerprints look like that",
    "PrivateKeyDetector": "it finds the line above a key, which stays; tried below",
    "CloudantDetector": "whatever begins with cl counts as a name to it, without anything between it and the rest",
    "JwtTokenDetector": "it decodes what it finds; tried below",
    "KeywordDetector": "it goes by names; tried below",
}
BEGINS = r"(?:(?<=\W)|(?<=^))"
PRINTED = st.characters(min_codepoint=32, max_codepoint=126)
WORD = st.text("abcdefXYZ0189+/_.-", min_size=6, max_size=20).map(lambda text: f"Zq{text}7")
SHAPES = [
    '{} = "{}"',
    "{} = {}",
    "{}: {}",
    "{}: '{}'",
    '{} := "{}"',
    '{} => "{}"',
    'if {} == "{}":',
    'if {} !== "{}":',
    'char {}[25] = "{}";',
    '{}("{}");',
    '{}.assign("{}",17);',
    '{} "{}";',
    "<{0}>{1}</{0}>",
    '{{"{}": "{}"}}',
]


@pytest.mark.parametrize("name", sorted(set(DETECTORS) - set(NOT_OURS)))
@given(st.data())
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_it_finds_by_its_form_is_gone(name: str, data: st.DataObject) -> None:
    detector = DETECTORS[name]
    assert issubclass(detector, RegexBasedDetector)
    patterns = list(detector.denylist)
    pattern = data.draw(st.sampled_from(patterns))
    # What has to stand before and behind it is there; to look for it by chance takes long.
    alone = re.compile(pattern.pattern.replace(BEGINS, ""), pattern.flags)
    text = f"it is {data.draw(st.from_regex(alone, fullmatch=True, alphabet=PRINTED))} here"
    safe = Redactor().text(text)
    left = [found[0] for one in patterns for found in one.finditer(safe) if MASK not in found[0]]
    assert left == [], (text, safe)


@pytest.mark.parametrize("name", ["ibMpass", "ibm_cloudpass", "iampass", "CLOUDpass"])
def test_a_password_of_an_identity_service_is_gone_without_a_mark_before_the_word(name: str) -> None:
    assert "0aZ-" not in Redactor().text(f'["{name}"]="{"0aZ-" * 11}"')


@pytest.mark.parametrize("blanks", [1, 9, 64, 5000])
@pytest.mark.parametrize(
    "shape", ['["a_key"] ={blanks}"{secret}"', "key{blanks}{secret}", "key{blanks}:{secret}", 'key={blanks}"{secret}"']
)
def test_a_key_behind_many_blanks_is_gone(shape: str, blanks: int) -> None:
    text = shape.format(blanks=" " * blanks, secret="0aZ-" * 11)
    assert "0aZ-" not in Redactor().text(text)


@pytest.mark.parametrize("word", DENYLIST)
@given(st.sampled_from(SHAPES), WORD, st.sampled_from(["", "my_", "spice."]))
@settings(max_examples=5, deadline=None)
def test_what_it_finds_by_its_name_is_gone(word: str, shape: str, secret: str, before: str) -> None:
    detector = KeywordDetector()
    text = shape.format(before + word.replace("_?", "_"), secret)
    safe = Redactor().text(text)
    assert secret not in safe
    for known in (None, CONFIG_DENYLIST_REGEX_TO_GROUP):
        assert all(MASK in one for one in detector.analyze_string(safe, known) if one in text and len(one) > 3), safe


@given(st.sampled_from(["HS256", "none"]), st.text(PRINTED, max_size=20), st.binary(max_size=32))
@settings(max_examples=20, deadline=None)
def test_a_web_token_is_gone(algorithm: str, subject: str, signature: bytes) -> None:
    parts = [json.dumps(one).encode() for one in ({"alg": algorithm}, {"sub": subject})]
    token = ".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in (*parts, signature))
    detector = DETECTORS["JwtTokenDetector"]()
    assert list(detector.analyze_string(f"it is {token} here"))
    assert list(detector.analyze_string(Redactor().text(f"it is {token} here"))) == []


@pytest.mark.parametrize("pattern", DETECTORS["PrivateKeyDetector"].denylist, ids=lambda one: one.pattern)
def test_what_follows_the_first_line_of_a_key_is_gone(pattern: object) -> None:
    first = getattr(pattern, "pattern")  # noqa: B009 - a compiled pattern, whatever its type
    if first.startswith("PuTTY"):
        text = f"{first}: ssh-rsa\nEncryption: none\nPrivate-Lines: 1\nZq7secret\nPrivate-MAC: Zq7secret\n"
    elif "SSH2" in first:
        text = f"---- {first} ----\nZq7secret\n"
    else:
        text = f"-----{first}-----\nZq7secret\n"
    assert "Zq7secret" not in Redactor().text(text)


def test_what_is_left_to_others_is_still_there() -> None:
    assert set(NOT_OURS) <= set(DETECTORS)
