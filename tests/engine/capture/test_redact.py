"""Secrets by their form: whatever they are, they do not stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.capture.model import CapturedRead
from engine.capture.redact import redacted
from engine.errors import HostUnreachableError
from engine.hosts.host import Host, Result
from engine.redaction.forms import MASK, by_form, is_secret_name

WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789+=.!#%-", min_size=8, max_size=24)
FORMS = (
    'shared-secret "{}";',
    "password={}",
    "spice_password: {} next",
    "kvm -spice port=1,password={},tls",
    "vncviewer --password {} host",
    'mysql --password="{}" -u root',
    '{{"token":"{}"}}',
    'say \\"api_key\\": \\"{}\\" so',
    "https://user:{}@example.org/x",
    "Authorization: Bearer {}",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n{}",
    "RAPI_SECRET_TOKEN='{}'",
)


def entry(text: str, err: str = "") -> CapturedRead:
    return CapturedRead(Host("host-1.example.org"), ("cat", "x"), Result(("cat", "x"), text, err, 0, 0.0))


@pytest.mark.parametrize("form", FORMS)
@given(secret=WORD.map(lambda word: f"q{word}7"))
def test_a_secret_of_a_known_form_is_nowhere(form: str, secret: str) -> None:
    some = [entry("before\n" + form.format(secret) + "\nafter", secret), entry(f"seen again: {secret}.")]
    some.append(CapturedRead(Host("b"), ("id",), HostUnreachableError("No.", why=f"it said {secret}")))
    clean = redacted(some, by_form)
    texts = [one.answer.stdout + one.answer.stderr for one in clean if isinstance(one.answer, Result)]
    texts += [one.answer.why for one in clean if isinstance(one.answer, HostUnreachableError)]
    assert not any(secret in text for text in texts)
    assert all(MASK in text for text in texts)
    assert texts[0].startswith("before\n")


@given(st.text(max_size=200))
def test_any_text_can_be_looked_through(text: str) -> None:
    (one,) = redacted([entry(text)], by_form)
    assert isinstance(one.answer, Result)


@pytest.mark.parametrize(
    "text",
    [
        "version: 8.4.11 (api:1/proto:86-101)",
        " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----",
        "1 1 root Ss 99 /usr/sbin/ganeti-luxid --no-voting",
        '{"secret":null,"token":false}',
        "cluster.lab.example",
        "/ssconf_hvparams:vnc_password_file=\n/ssconf_master:host-1.example.org",
        "a253936f-c34a-46be-b3cd-b19d19d13ae1 ssh-rsa AAAAB3NzaC1yc2E= root@host",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    (one,) = redacted([entry(text)], by_form)
    assert isinstance(one.answer, Result)
    assert one.answer.stdout == text


def test_the_name_of_a_host_stays_though_somebody_took_it_for_a_password() -> None:
    one, two = redacted([entry("password=host-1.example.org"), entry("I am host-1.example.org")], by_form)
    assert isinstance(one.answer, Result)
    assert isinstance(two.answer, Result)
    assert (one.answer.stdout, two.answer.stdout) == (f"password={MASK}", "I am host-1.example.org")


def test_names_of_secrets() -> None:
    assert all(map(is_secret_name, ("password", "vnc_password_file", "shared-secret", "api_key", "access_token")))
    assert not any(map(is_secret_name, ("name", "ssh_key_type", "key", "uuid", "ssh_port")))
