"""One replica as a process: what it sets for all of it."""

from asyncio.sslproto import SSLProtocol

import pytest

from pullsecret.operator.run import TLS_BUFFER


@pytest.mark.parametrize("asked", [-1, 64 * 1024], ids=["any", "much"])
def test_a_tls_connection_reads_into_a_small_buffer(monkeypatch, asked):
    """The names are asyncio's own: where they change, nothing but memory would tell."""
    assert "max_size" in vars(SSLProtocol)
    monkeypatch.setattr(SSLProtocol, "max_size", TLS_BUFFER)
    connection = SSLProtocol.__new__(SSLProtocol)  # one that is begun wants a loop, and to be closed
    connection._ssl_buffer = bytearray()
    assert len(connection.get_buffer(asked)) == TLS_BUFFER
