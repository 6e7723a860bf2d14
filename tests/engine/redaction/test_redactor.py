"""What is secret is taken out, and nothing else; whatever surrounds it, and however long it is."""

import json
import re
import shlex
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.captures.redact import redact
from engine.operator.screen import harmless
from engine.redaction import names
from engine.redaction.forms import MASK
from engine.redaction.redactor import REDACTOR, SHORT, Redactor

ANY = st.text(min_size=8, max_size=30).filter(lambda text: len(text.strip()) >= 8 and text.strip() not in MASK)
WORD = st.text("abcdefgXYZ0123456789+/_.", min_size=6, max_size=24).map(lambda text: f"q{text}7")
LINE = st.text("abcdefgXYZ0123456789+/", min_size=20, max_size=64).map(lambda text: f"Q{text}7")


def knowing(secret: str) -> Redactor:
    redactor = Redactor()
    redactor.learn(secret)
    return redactor


@given(ANY, st.text(max_size=20), st.text(max_size=20))
def test_what_was_learnt_stands_nowhere_whatever_is_around_it(secret: str, before: str, after: str) -> None:
    redactor = knowing(secret)
    for text in (secret, before + secret + after, f"'{secret}'"):
        safe = redactor.text(text)
        assert MASK in safe
        assert secret.strip() not in safe.replace(MASK, "\0")


@given(ANY)
def test_nor_in_the_spellings_of_json_python_and_a_shell(secret: str) -> None:
    redactor = knowing(secret)
    for text in (json.dumps({"a": secret}), json.dumps([secret], ensure_ascii=False), repr([secret])):
        assert MASK in redactor.text(text), text
    if secret.isprintable():
        assert MASK in redactor.text(shlex.join(["program", secret]))


@given(st.lists(st.text(max_size=30), max_size=5), ANY)
def test_the_words_of_a_command_stay_as_many(words: list[str], secret: str) -> None:
    safe = knowing(secret).argv(["program", *words, f"--password={secret}", "--token", secret, secret])
    assert len(safe) == len(words) + 5
    assert not any(secret.strip() in word.replace(MASK, "\0") for word in safe)


@given(st.text())
def test_what_was_looked_through_is_not_changed_again(text: str) -> None:
    redactor = knowing("hunter2hunter2")
    safe = redactor.text(f"{text} hunter2hunter2 password={text}")
    assert redactor.text(safe) == safe


PIECES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["hunter2hunter2", "password=", "--token", "mysql -p", "://u:", "@host", '{"secret": ', " ", "=", "\n"]
    ),
)


A_NAME = re.compile(names.WORD, re.IGNORECASE)
# With those beyond ASCII that are an s, a k, and an i in other letters.
ALL_CASES = st.text("PASWDpaswdkeEyYi_-/ \u017f\u212a\u0130\u0131", max_size=12)
NAMED = st.sampled_from(["Api-Key", "PASSWD", "dbPass", "contraseña", "CREDENTIALS", "ssh psk", "pre_shared_key", "Pw"])


@given(st.lists(ALL_CASES | NAMED | st.text(max_size=5) | st.from_regex(A_NAME), max_size=4).map("".join))
def test_where_no_name_is_thought_to_be_there_is_none(text: str) -> None:
    assert names.may_name(text) or not A_NAME.search(text)


@pytest.mark.parametrize("text", ["hwhost-1.lab.example", "x" * 1000, "cs:Connected ro:Primary/Secondary", ""])
def test_what_has_no_part_of_a_name_is_not_searched(text: str) -> None:
    assert not names.may_name(text)


@given(st.lists(st.lists(PIECES, max_size=5).map("".join), max_size=6), st.lists(st.integers(0, 6), max_size=12))
def test_what_is_remembered_changes_no_answer(texts: list[str], order: list[int]) -> None:
    redactor = Redactor()
    redactor.use(redact)
    texts += ["hunter2hunter2", ""]
    for number in order:
        text = texts[number % len(texts)]
        if number == 0:
            redactor.learn("hunter2hunter2")
        if number == 1:
            redactor.forget()
        anew = Redactor()
        anew.use(redact)
        if redactor.salt:
            anew.learn("hunter2hunter2")
        assert redactor.text(text) == redactor.text(text) == anew.text(text)
        assert redactor.text(text, ("cat", "/var/lib/ganeti/server.pem")) == (MASK if text else "")


def test_a_text_is_looked_through_once_until_more_is_known() -> None:
    looked: list[str] = []

    def look(_argv: tuple[str, ...], text: str, _found: object) -> str:
        looked.append(text)
        return text.replace("loud", MASK)

    redactor = Redactor()
    redactor.use(look)
    for text in ("node1", "node1", "loud", "loud", "x" * SHORT, "x" * (SHORT + 1), "x" * (SHORT + 1)):
        redactor.text(text)
    # What holds a secret is not kept for this, nor is what is long.
    assert looked == ["node1", "loud", "loud", "x" * SHORT, "x" * (SHORT + 1), "x" * (SHORT + 1)]
    looked.clear()
    redactor.learn("node1node1")
    assert redactor.text("node1node1") == MASK
    redactor.text("node1")
    redactor.use(redact)
    redactor.text("node1")
    assert looked == [MASK, "node1", "node1"]


@pytest.mark.parametrize("size", [8, 40, 70, 200])
@given(lines=st.lists(LINE, min_size=3, max_size=6), at=st.integers(0, 6))
def test_a_key_is_taken_out_however_its_lines_are_shared_out(size: int, lines: list[str], at: int) -> None:
    key = ["-----BEGIN OPENSSH PRIVATE KEY-----", *lines, "-----END OPENSSH PRIVATE KEY-----"]
    whole = "\n".join(["before", *key, "after"])
    safe = Redactor().text(whole)
    assert safe.split("\n")[0] == "before"
    assert safe.split("\n")[-1] == "after"
    assert Redactor().lines(whole.split("\n")) == safe.split("\n")
    assert not any(line in safe for line in lines)
    # Half of it is no less a key: the beginning alone, and the end alone.
    cut = min(at + 1, len(key) - 1)
    for part in (key[:cut], key[cut:]):
        assert not any(line in Redactor().text("\n".join(["x y", *part])) for line in lines)


@given(WORD, st.integers(4, 7))
def test_a_secret_that_a_cut_went_through_leaves_no_half_of_it(secret: str, at: int) -> None:
    redactor = knowing(secret)
    text = f"it is {secret[:at]}\n[123 of 456 bytes are left out here]\n{secret[at:]} and more"
    safe = redactor.text(text)
    assert secret[:at] not in safe.split("\n")[0]
    if len(secret) - at >= 4:
        assert not safe.split("\n")[2].startswith(secret[at:])


def test_a_short_secret_is_a_word_by_itself() -> None:
    assert knowing("abc").text("abc abcd --password=abc 'abc'") == f"{MASK} abcd --password={MASK} '{MASK}'"


@pytest.mark.parametrize("harmless_secret", ["", " ", "RED", "REDACTED"])
def test_what_is_none_is_not_learnt(harmless_secret: str) -> None:
    assert knowing(harmless_secret).text("a RED b REDACTED") == "a RED b REDACTED"


def test_a_host_cannot_blank_out_a_word_by_calling_it_a_password() -> None:
    redactor = Redactor()
    assert redactor.text("password=DESTRUCTIVE") == f"password={MASK}"
    assert redactor.text("this is DESTRUCTIVE") == "this is DESTRUCTIVE"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("cat: /etc/passwd: No such file", "cat: /etc/passwd: No such file"),
        ("gnt-cluster renew-crypto --new-cluster-domain-secret --yes", None),
        ("--password={{ password }}", None),
        ("mysql --password x7 -u root", f"mysql --password {MASK} -u root"),
        ('{"authorization": "Basic YWJj"}', f'{{"authorization": "Basic {MASK}"}}'),
        ("curl -H 'Authorization: Bearer a.b-c' x", f"curl -H 'Authorization: Bearer {MASK}' x"),
        ("X-Api-Key: abcdef", f"X-Api-Key: {MASK}"),
        ("https://me:p@ss@host/x", f"https://me:{MASK}@host/x"),
        ("root:$6$salt$abcdefghijk/.:19000:0", f"root:$6${MASK}:19000:0"),
        ("a eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl b", f"a eyJ{MASK} b"),
        ('{"shared-secret": "x", "n": 1}', None),
    ],
)
def test_forms(text: str, safe: str | None) -> None:
    wanted = text if safe is None else safe
    if "shared-secret" in text:
        wanted = f'{{"shared-secret": "{MASK}", "n": 1}}'
    assert Redactor().text(text) == wanted


def test_data_keeps_its_shape() -> None:
    data = {"a": [1, None, True, "password=x"], "password": "x", "deep": {"tokens": ["x", {"y": "z"}]}, "t": ("a", "b")}
    assert Redactor().data(data) == {
        "a": [1, None, True, f"password={MASK}"],
        "password": MASK,
        "deep": {"tokens": [MASK, {"y": MASK}]},
        "t": ("a", "b"),
    }


def test_a_file_that_is_a_secret_has_no_diff() -> None:
    redactor = Redactor()
    redactor.use(redact)
    action = {"file": "/var/lib/ganeti/cluster-domain-secret", "backup": "b", "diff": "-abc\n+def"}
    assert redactor.data(action)["diff"] == MASK
    assert redactor.data(action | {"file": "/etc/hosts"})["diff"] == "-abc\n+def"


@pytest.mark.parametrize(
    "text",
    ["drbdsetup /dev/drbd0 net a b C -a md5 -x {0} -A x", "jack {{HA1}}{0} write", "jack {{cleartext}}{0} write"],
)
def test_what_ganeti_and_drbd_call_by_other_names(text: str) -> None:
    redactor = Redactor()
    redactor.use(redact)
    assert redactor.text(text.format("abc123def")) == text.format(MASK)


HOSTILE = {
    "one keyword": "password" * 125_000,
    "keywords apart": "password " * 110_000,
    "words with dots": "a." * 500_000,
    "escaped quotes": '\\"' * 500_000,
    "names": '"password":"' * 80_000,
    "urls": "http://a:" * 110_000,
    "brackets": '["' * 500_000,
    "blanks": "token" + " " * 1_000_000,
    "keys that begin": "-----BEGIN RSA PRIVATE KEY-----" * 30_000,
    "keys that end": "-----END RSA PRIVATE KEY-----\n" * 30_000,
    "options": " --a" * 250_000,
    "jwt": "eyJ-" * 250_000,
    "hashes": "$6$" * 330_000,
    "numbers": '[ "a", "b", 1,' * 70_000,
    "headers": "authorization: " * 66_000,
    "the secret": "hunter2hunter" * 80_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_long_line_costs_what_it_weighs(name: str) -> None:
    redactor = knowing("hunter2hunter2")
    redactor.use(redact)
    text = HOSTILE[name]
    begun = time.process_time()
    redactor.text(text[: len(text) // 16])
    quarter = time.process_time() - begun
    redactor.text(text[: len(text) // 4])
    whole = time.process_time() - begun - quarter
    # Four times the text may take four times as long, not sixteen; below a second it does not matter.
    assert whole < max(1.0, 9 * quarter), (quarter, whole)


def test_the_salt_is_there_once_there_is_something_to_guess() -> None:
    redactor = Redactor()
    assert redactor.salt == b""
    redactor.learn("hunter2hunter2")
    assert len(redactor.salt) == 16
    assert redactor.salt == redactor.salt


def test_what_is_shown_goes_through_the_redactor_of_the_process() -> None:
    REDACTOR.learn("hunter2hunter2")
    assert harmless("\x1b[1mhunter2hunter2") == f"\\x1b[1m{MASK}"
