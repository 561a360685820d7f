"""Unit tests open no socket and read nobody's real credentials."""

import socket
from typing import Any, NoReturn

import pytest


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, *args: Any) -> NoReturn:
        raise AssertionError(f"a unit test must open no socket, but asked for {args}")

    for method in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, method, refuse)
