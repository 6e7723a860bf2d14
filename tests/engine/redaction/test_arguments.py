"""Secrets among arguments, as lists of processes, crontabs and our own commands show them."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.captures.redact import PROGRAMS as OF_GANETI
from checks.captures.redact import redact
from engine.redaction.forms import MASK
from engine.redaction.programs import PROGRAMS, Program
from engine.redaction.redactor import Redactor

SECRET = st.text("abcdefgXYZ0189+/_.!#%^,;:@~", min_size=4, max_size=16).map(lambda text: f"Zq{text}7")
ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), min_size=1, max_size=16).map("Zq{}7".format)

LINES = [
    "1 2 root Ss 9 mysqldump -uroot -p{} --all-databases",
    "1 2 root Ss 9 /usr/bin/sshpass -p {} ssh -p 22 node2",
    "1 2 root Ss 9 sshpass -p{} ssh -p 22 node2",
    "1 2 root Ss 9 sudo curl -sS -u admin:{} https://node2:5080/2/info",
    "1 2 root Ss 9 curl --user=admin:{} https://node2:5080/2/info",
    "1 2 root Ss 9 ipmitool -I lanplus -H bmc2 -U root -P {} power off",
    "1 2 root Ss 9 fence_ipmilan -a bmc2 -l root -p {} -o off",
    "1 2 root Ss 9 drbdsetup /dev/drbd0 net 192.0.2.1 192.0.2.2 C -a md5 -x {} -A disconnect",
    "1 2 root Ss 9 drbdsetup-84 connect 192.0.2.1 192.0.2.2 --shared-secret {} --protocol C",
    "1 2 root Ss 9 drbdsetup-84 connect 192.0.2.1 192.0.2.2 --shared-sec={} --protocol C",
    "1 2 root Ss 9 ldapsearch -xw {} -b dc=lab",
    "1 2 root Ss 9 smbclient //nas/backup -U backup%{}",
    "1 2 root Ss 9 env PASS={} rsnapshot",
    "1 2 root Ss 9 env PGPASSWORD={} psql",
    "1 2 root Ss 9 backup pwd={} host=node2",
    "1 2 root Ss 9 gnt-instance add -t drbd -O root_pw={} -o debian web1",
    "1 2 root Ss 9 curl -H X-Auth-Token: {} https://node2",
    "1 2 root Ss 9 openssl rsa -passin pass:{} -in key",
    "1 2 root Ss 9 redis-cli -a {} ping",
    "1 2 root Ss 9 ssh-keygen -q -N {} -f key",
    "1 2 root Ss 9 htpasswd -b users jack {}",
]
FILES = [
    "PASS={}",
    "export DB_PASS='{}'",
    "pwd={}",
    "bindpw {}",
    "rootpw    {}",
    "requirepass {}",
    "shared-secret {};",
    "machine nas login backup password {}",
    "password:\n  {}\nuser: x",
    "Password:\n{}\nok",
    "passphrase: |\n  {}\nuser: x",
    "- --password\n- {}\n- --verbose",
    "mysql --password \\\n  {} -u root",
    "<password>{}</password>",
    "<Password type='plain'>\n  {}\n</Password>",
    "<x:dbPass>{}</x:dbPass>",
    "<key>password</key>\n<string>{}</string>",
    "Cookie: session={}",
    "echo {} | sudo -S id",
    "PuTTY-User-Key-File-2: ssh-rsa\nPublic-Lines: 1\nAAAAB3\nPrivate-Lines: 1\n{}\nPrivate-MAC: 0011",
    "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
    'password="{}',
    "password: true{}",
    "--password={}\0next",
]


def redactor() -> Redactor:
    made = Redactor()
    made.use(redact, OF_GANETI)
    return made


@pytest.mark.parametrize("form", [*LINES, *FILES])
@given(secret=SECRET)
@settings(max_examples=6, deadline=None)
def test_a_secret_does_not_survive(form: str, secret: str) -> None:
    text = f"before\n{form.format(secret)}\nafter"
    safe = redactor().text(text)
    assert secret not in safe
    assert secret.removesuffix("7") not in safe
    assert secret[-6:] not in safe
    assert safe.count("\n") == text.count("\n")
    assert safe.startswith("before\n")
    assert safe.endswith("\nafter")


@pytest.mark.parametrize(
    "words",
    [
        ["sshpass", "-p", "{}", "ssh", "node2"],
        ["sudo", "-n", "mysql", "-p{}", "db"],
        ["curl", "-u", "a:{}", "https://node2"],
        ["ipmitool", "-P", "{}", "power", "off"],
        ["drbdsetup", "connect", "--shared-secret", "{}"],
        ["gnt-instance", "add", "-O", "root_pw={}", "web1"],
    ],
)
@given(secret=ANY)
@settings(max_examples=6, deadline=None)
def test_nor_in_a_command_of_which_the_words_are_known(words: list[str], secret: str) -> None:
    argv = [word.replace("{}", secret) for word in words]
    safe = redactor().argv(argv)
    assert len(safe) == len(argv)
    assert secret not in " ".join(safe)
    assert safe[0] == words[0]
    assert secret not in " ".join(redactor().data(argv))
    assert secret not in redactor().text(shlex.join(argv)) or "'" in secret


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.names.split()[0])
def test_every_program_of_the_list_hides_what_its_options_say(program: Program) -> None:
    for name in program.names.split():
        for option in program.options:
            value = f"a{program.separator}Zq7secret" if option in program.pair else "Zq7secret"
            ways = [f"{option}={value}"] if option.startswith("--") else [f"{option}{value}"] * (len(option) == 2)
            ways += [] if program.glued else [f"{option} {value}"]
            for way in ways:
                line = " ".join([name, *program.only[:1], way, "rest"])
                assert "Zq7secret" not in Redactor().text(line), line
                assert Redactor().text(line).endswith(" rest")
        if program.last:
            assert (
                Redactor().text(f"{name} {program.only[0] if program.only else ''} x Zq7secret").endswith(f" x {MASK}")
            )


@pytest.mark.parametrize(
    "text",
    [
        "ssh -p 22 -i /root/.ssh/id_rsa node2",
        "docker run -p 8080:80 -v /srv:/srv web",
        "curl -u admin https://node2",
        "ls -p /dev/drbd0",
        "drbdsetup new-current-uuid 3 --clear-bitmap",
        "drbdsetup show minor-0 --show-defaults",
        "gnt-instance add -o debian --no-install web1.example.org",
        "/usr/sbin/drbdsetup-84 net-options 192.0.2.1 192.0.2.2 --after-sb-0pri=discard-zero-changes",
        "lvs --noheadings -o lv_name,vg_name,lv_uuid xenvg/550e8400-e29b-41d4-a716-446655440000.disk0_data",
        "256 SHA256:6xbDeqVdIWc5BhHnBQXuDGYTS1CUwYbHKIOhl7fI8lY root@node1 (ED25519)",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  /var/lib/ganeti/config.data",
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "bypass=1 compass: north, pass-through=on",
        "0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----",
        "DRBD key_algorithm: sha1, ssh_key_type: rsa, key: value",
        "sk-bratislava-node-0001.example.org",
        "node1:/dev/xenvg/disk0 user@node1.example.org ssh://root@node1:22/",
        "Private-Linesmen: 4\nnext",
        'echo "drbd" | sudo tee -a /etc/modules',
        " - WARNING: Could not prepare block device disk/0 on node node1 (is_primary=False, pass=1): Node is off",
    ],
)
def test_what_runbooks_need_stays(text: str) -> None:
    assert redactor().text(text) == text
