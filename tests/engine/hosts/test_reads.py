"""A path that is read has one form, wherever it comes from."""

import pytest

from engine.hosts.host import Host
from engine.hosts.reader import Reader
from engine.hosts.reads import PATH, UnknownReadError, read
from engine.steps.edit import content_of
from tests.hostile import HOSTILE
from tests.support.links import FakeLinks


@pytest.mark.parametrize("path", [*HOSTILE, "etc/hosts", "/etc//hosts", "/etc/.", "/etc/hosts/", "~/x", "/etc/x\n"])
def test_an_edit_of_what_is_no_path_of_a_file_is_refused_before_anybody_is_asked(path: str) -> None:
    with pytest.raises(UnknownReadError) as caught:
        content_of(Reader(FakeLinks()), Host("one"), path)
    assert caught.value.code == "read-unknown"
    assert caught.value.changed == "It was not executed anywhere."


@pytest.mark.parametrize("path", ["/", "/etc/hosts", "/a/-b", "/a/..b/.c", "/srv/x@y:z,1=2+3%4~"])
def test_paths(path: str) -> None:
    assert PATH.fullmatch(path)
    assert read("cat", path).argv == ("cat", path)


CHANGES = ("date -s now", "ping -f 10.0.0.1", "tail -f /x", "grep x", "find / -delete", "hostname new", "")


@pytest.mark.parametrize("command", CHANGES)
def test_what_changes_something_is_no_read(command: str) -> None:
    with pytest.raises(UnknownReadError):
        read(*command.split())
