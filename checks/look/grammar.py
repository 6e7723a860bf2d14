"""What a host says and a command may hold: one grammar for each kind, and no other place that knows one.

None of them allows a beginning dash, which makes an option of a name, nor anything that a program takes for a pattern,
a list, or a part of its own language. So they are a little narrower than Ganeti's own, which are in lib/netutils.py
(Hostname) and lvm(8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_interface
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from checks.look.output import ParseError
from engine.hosts.reads import NAME, PATH

LAST_PORT = 65535
LAST_MINOR = 2**20 - 1
"""The highest number of a device (MINORBITS in linux/kdev_t.h)."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """One kind of text.

    Attributes:
        what: it is, with its article, as an error says that it is not.
        form: of the whole text.
    """

    what: str
    form: re.Pattern[str]

    def fits(self, text: str) -> bool:
        """Whether a text is of this kind."""
        return self.form.fullmatch(text) is not None

    def parse(self, text: str, source: str) -> str:
        """The text itself.

        Raises:
            ParseError: it is not of this kind.
        """
        if not self.fits(text):
            raise ParseError(source, f"not {self.what}", line=text)
        return text

    def checked(self, text: str) -> str:
        """The same for a field of a document, whose error must not quote it."""
        if not self.fits(text):
            raise PydanticCustomError("grammar", "not {what}", {"what": self.what})
        return text


HOST = Grammar("a host name", NAME)
"""Of a node, of an instance, of the cluster; Ganeti also uses names that are no names of hosts, such as web_1."""
UUID = Grammar("an identifier", re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII))
LVM = r"(?!\.{1,2}(?![A-Za-z0-9+_.-]))[A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,126}"
GROUP = Grammar("a name of a volume group", re.compile(LVM, re.ASCII))
VOLUME = Grammar("a logical volume as group/name", re.compile(f"{LVM}/{LVM}", re.ASCII))
VOLUME_PATH = Grammar("the device of a logical volume", re.compile(f"/dev/{LVM}/{LVM}", re.ASCII))
ABSOLUTE = Grammar("an absolute path", PATH)
DEVICE = Grammar("a path of a device", re.compile(r"/dev(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._+:@-]+)+", re.ASCII))
V4, V6 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", r"[0-9a-f]{0,4}:[0-9a-f:.]{1,43}"
ADDRESS_FORM = re.compile(f"{V4}|{V6}", re.ASCII)
"""What an address is written with, as parsed here; whether it is one only the parser tells."""
USER = Grammar("a name of a user", re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,31}", re.ASCII))
KEY_FILE = Grammar("a file of a public key", re.compile(r"id_[a-z0-9_]{1,32}\.pub", re.ASCII))
NODE_PARAMETER = Grammar("a name of a parameter", re.compile(r"[a-z][a-z0-9_]*", re.ASCII))
PARAMETER_VALUE = Grammar(
    "a value of a parameter", re.compile(r"(?!-|(?:.*/)?\.{1,2}(?:/|\Z))[A-Za-z0-9_./:@+-]+", re.ASCII)
)
"""Without a comma, which would begin the next one."""


def parse_address(text: str, source: str) -> str:
    """An IPv4 or IPv6 address, as it is usually written; one with a scope is of one host alone, and no use elsewhere.

    Raises:
        ParseError: it is something else.
    """
    try:
        return _address(text)
    except ValueError as error:
        raise ParseError(source, "not an IP address", line=text) from error


def parse_interface(text: str, source: str) -> str:
    """The address of `address/length`.

    Raises:
        ParseError: it is something else.
    """
    try:
        return str(ip_interface(_without_scope(text)).ip)
    except ValueError as error:
        raise ParseError(source, "not an IP address", line=text) from error


def is_address(text: str) -> bool:
    """Whether it is an address without a scope."""
    try:
        _address(text)
    except ValueError:
        return False
    return True


def is_v6(address: str) -> bool:
    """Of which of the two versions an address is."""
    return isinstance(ip_address(address), IPv6Address)


def is_loopback(address: str) -> bool:
    """Whether it leads to the host itself."""
    return ip_address(address).is_loopback


def parse_port(text: str, source: str) -> int:
    """The number of a TCP port.

    Raises:
        ParseError: it is something else.
    """
    if re.fullmatch(r"[1-9][0-9]{0,4}", text, re.ASCII) and int(text) <= LAST_PORT:
        return int(text)
    raise ParseError(source, "not a port", line=text)


def _address(text: str) -> str:
    return str(ip_address(_without_scope(text)))


def _without_scope(text: str) -> str:
    # Python takes whatever stands behind a percent sign for the name of an interface.
    if "%" in text:
        raise ValueError("an address with a scope")
    return text


def _address_of_document(text: str) -> str:
    try:
        return _address(text)
    except ValueError:
        raise PydanticCustomError("grammar", "not an IP address") from None


Identifier = Annotated[str, AfterValidator(UUID.checked)]
HostName = Annotated[str, AfterValidator(HOST.checked)]
GroupName = Annotated[str, AfterValidator(GROUP.checked)]
AbsolutePath = Annotated[str, AfterValidator(ABSOLUTE.checked)]
Address = Annotated[str, AfterValidator(_address_of_document)]
AddressOrNone = Annotated[str, AfterValidator(lambda text: _address_of_document(text) if text else text)]
Minor = Annotated[int, Field(strict=True, ge=0, le=LAST_MINOR)]
Port = Annotated[int, Field(strict=True, ge=1, le=LAST_PORT)]
JobId = Annotated[int, Field(strict=True, gt=0, lt=10**18)]
