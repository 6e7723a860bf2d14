from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RefusedError
from engine.hosts import command
from engine.hosts.ssh_settings import SEARCH_PATH

ARGUMENTS = st.text(
    st.one_of(
        st.sampled_from(list(" \t\n\r'\"\\$`(){}[]<>|&;*?!#~=-%^é\u2028\U0001f525")),
        st.characters(exclude_characters="\0", exclude_categories=("Cs",)),
    )
)


def line(*argv: str, sudo: bool = False) -> str:
    return command.line(argv, search_path=SEARCH_PATH, sudo=sudo)


def by_a_shell(text: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["sh", "-c", text], check=False, capture_output=True, **options)


@given(st.lists(ARGUMENTS, min_size=1, max_size=8))
def test_a_shell_gives_every_argument_back_byte_for_byte(arguments: list[str]) -> None:
    result = by_a_shell(line("printf", r"%s\0", *arguments))
    assert result.stderr == b""
    assert result.stdout == b"".join(one.encode() + b"\0" for one in arguments)


@pytest.mark.parametrize(
    "argument", ["$(touch x)", "`id`", "'; id; '", "-n", "--", "a\nb", "\n", "", "ünï", "$HOME", "*", "!1", "\\"]
)
def test_no_argument_becomes_syntax(argument: str) -> None:
    assert by_a_shell(line("printf", "%s", argument)).stdout == argument.encode()


@pytest.mark.parametrize("program", ["it's here", "-x", "$(id)", "a b\nc"])
def test_the_name_of_a_program_is_as_safe_as_an_argument(
    program: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    (folder / program).write_text("#!/bin/sh\necho ran\n")
    (folder / program).chmod(0o755)
    sent = command.line([program], search_path=[str(folder), *SEARCH_PATH], sudo=False)
    assert by_a_shell(sent).stdout == b"ran\n"


@pytest.mark.parametrize("argv", [[], [""], ["a=b"], ["echo", "a\0b"], ["echo", "\ud800"]])
def test_what_no_host_can_be_given_is_refused(argv: list[str]) -> None:
    with pytest.raises(ValueError, match=r"program|NUL|UTF-8") as caught:
        line(*argv)
    assert isinstance(caught.value, RefusedError)
    assert caught.value.code == "command-unusable"


def test_a_line_longer_than_the_kernel_takes_is_refused() -> None:
    room = command.LONGEST - len(line("printf", "%s", "x")) + 1
    assert by_a_shell(line("printf", "%s", "x" * room)).stdout == b"x" * room
    with pytest.raises(RefusedError) as caught:
        line("printf", "%s", "x" * (room + 1))
    assert caught.value.code == "command-too-long"


def test_a_command_sees_our_environment_and_no_input() -> None:
    seen = by_a_shell(
        line("sh", "-c", 'echo "$LC_ALL $PATH"; cat'), input=b"not for you", env={"LC_ALL": "de_DE.UTF-8"}
    )
    assert seen.stdout.decode() == f"C {':'.join(SEARCH_PATH)}\n"


def test_with_sudo_the_command_and_sudo_itself_get_the_environment() -> None:
    environment = ["env", "LC_ALL=C", f"PATH={':'.join(SEARCH_PATH)}"]
    words = shlex.split(line("id", "-u", sudo=True).removesuffix(" </dev/null"))
    assert words == ["exec", *environment, "sudo", "-n", "--", *environment, "id", "-u"]


def test_a_command_is_shown_as_it_could_be_typed() -> None:
    assert command.shown(["echo", "a b", "$x"]) == "echo 'a b' '$x'"


@given(st.lists(ARGUMENTS, min_size=1))
def test_a_shown_command_is_one_line_that_hides_nothing(arguments: list[str]) -> None:
    assert command.shown(arguments).isprintable()
