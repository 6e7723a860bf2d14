"""A TCP proxy in front of a real sshd that does to a connection what networks do to it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

Side = Literal["us", "host"]
"""Towards whom something goes: the one who dialled, or the one who listens."""

SIDES: tuple[Side, Side] = ("us", "host")

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes closing a socket a reset."""
CHUNK = 1 << 16


@dataclass(eq=False)
class _Pair:
    """One connection, both halves of it."""

    us: socket.socket
    host: socket.socket | None
    over: threading.Event = field(default_factory=threading.Event)

    def reset(self) -> None:
        """End it as if the machine between were gone: no goodbye, and nothing that is on its way arrives."""
        self.over.set()
        for one in (self.us, self.host):
            if one is None:
                continue
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                # Whoever waits for it in another thread holds it open otherwise.
                one.shutdown(socket.SHUT_RD)
            with contextlib.suppress(OSError):
                one.close()


Act = Callable[[_Pair, bytes], bytes]
"""Is given a connection and what is to be passed on in it; gives what is passed on instead."""


class Proxy:
    """Passes everything on, until it is told otherwise.

    Args:
        target: asked for the port on 127.0.0.1 at each new connection.

    Attributes:
        port: where it listens on 127.0.0.1.
    """

    def __init__(self, target: Callable[[], int]) -> None:
        self._target = target
        self._news = threading.Condition()
        self._pairs: list[_Pair] = []
        self._held: set[tuple[Side, str]] = set()
        self._waiting: set[Side] = set()
        self._on_next: dict[Side, tuple[int, Act]] = {}
        self._mode: Literal["pass", "refuse", "mute"] = "pass"
        self._closing = False
        self.delay = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections and let no other one come about."""
        self._set_mode("refuse")
        self.reset()

    def mute(self) -> None:
        """Take connections and say nothing in them; those there are say nothing any more either."""
        self._set_mode("mute")
        self.hold("us")
        self.hold("host")

    def heal(self) -> None:
        """Be a good wire again. What was held back goes on its way; what nobody answered is gone."""
        with self._news:
            self._mode = "pass"
            self._held.clear()
            self._on_next.clear()
            silent = [pair for pair in self._pairs if pair.host is None]
            self._news.notify_all()
        for pair in silent:
            pair.reset()

    def reset(self) -> None:
        """End all connections there are."""
        with self._news:
            pairs = [*self._pairs]
        for pair in pairs:
            pair.reset()
        with self._news:
            self._news.notify_all()

    def hold(self, side: Side, why: str = "") -> None:
        """Pass nothing on towards this side, and lose nothing of it, until no reason for it is left."""
        with self._news:
            self._held.add((side, why))

    def let_go(self, side: Side, why: str = "") -> None:
        """This reason to hold back has gone."""
        with self._news:
            self._held.discard((side, why))
            self._news.notify_all()

    def holds_back(self, timeout: float, *sides: Side) -> bool:
        """Wait until there is something that is held back from one of these."""
        with self._news:
            return self._news.wait_for(lambda: not self._waiting.isdisjoint(sides), timeout)

    def half_close(self, side: Side) -> None:
        """Tell this side that the other will send no more; the other way stays open."""
        with self._news:
            pairs = [*self._pairs]
        for pair in pairs:
            end = pair.us if side == "us" else pair.host
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_WR)

    def tear(self) -> None:
        """In the middle of the next packet, whichever way it goes, end all connections."""

        def torn() -> None:
            with self._news:
                self._on_next.clear()
            self.reset()

        for side in SIDES:
            self.amid_next(side, torn)

    def amid_next(self, side: Side, act: Callable[[], None], at_least: int = 0) -> None:
        """Act when half of the next packet towards this side has gone that has as many bytes."""

        def amid(pair: _Pair, data: bytes) -> bytes:
            end = pair.us if side == "us" else pair.host
            assert end is not None
            half = len(data) // 2
            with contextlib.suppress(OSError):
                end.sendall(data[:half])
            act()
            return data[half:]

        self.on_next(side, amid, at_least)

    def on_next(self, side: Side, act: Act, at_least: int = 0) -> None:
        """Act once on the next packet towards this side that has as many bytes."""
        with self._news:
            self._on_next[side] = (at_least, act)

    def close(self) -> None:
        self._closing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self.heal()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _set_mode(self, mode: Literal["pass", "refuse", "mute"]) -> None:
        with self._news:
            self._mode = mode

    def _accept(self) -> None:
        while not self._closing:
            try:
                us, _address = self._listener.accept()
            except OSError:
                return
            with self._news:
                mode = self._mode
            pair = _Pair(us, None)
            if mode == "pass":
                try:
                    pair.host = socket.create_connection(("127.0.0.1", self._target()))
                except OSError:
                    mode = "refuse"
            with self._news:
                self._pairs.append(pair)
            if mode == "refuse":
                pair.reset()
            elif mode == "pass" and pair.host is not None:
                for one in (us, pair.host):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for source, sink, side in ((us, pair.host, "host"), (pair.host, us, "us")):
                    threading.Thread(target=self._pump, args=(pair, source, sink, side), daemon=True).start()

    def _pump(self, pair: _Pair, source: socket.socket, sink: socket.socket, side: Side) -> None:
        try:
            while data := source.recv(CHUNK):
                if self.delay:
                    time.sleep(self.delay)  # the fault itself
                data = self._let_through(pair, side, data)
                if pair.over.is_set():
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pair.reset()

    def _let_through(self, pair: _Pair, side: Side, data: bytes) -> bytes:
        with self._news:
            self._wait_while_held(pair, side)
            at_least, act = self._on_next.get(side, (0, None))
            if act is None or len(data) < at_least:
                return data
            del self._on_next[side]
        data = act(pair, data)
        with self._news:
            self._wait_while_held(pair, side)
        return data

    def _wait_while_held(self, pair: _Pair, side: Side) -> None:
        def held() -> bool:
            return any(one == side for one, _why in self._held) and not pair.over.is_set()

        if held():
            self._waiting.add(side)
            self._news.notify_all()
            self._news.wait_for(lambda: not held())
            self._waiting.discard(side)
