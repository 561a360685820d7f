"""TLS contexts: which servers are believed, and who we say we are."""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pullsecret.core.errors import InvalidInput
from pullsecret.kube.settings import ClientCertificate, ServerTrust


def tls_context(trust: ServerTrust, certificate: ClientCertificate | None, *, place: str) -> ssl.SSLContext:
    """Make the context for connections to one server.

    It checks as Go does: any certificate of the bundle is an anchor, whether it is a root or not, the
    newer demands of OpenSSL's strict mode are not made, and a common name alone is no host name.

    Args:
        trust: how the server proves itself.
        certificate: who we are; None for no client certificate.
        place: what names these in errors.

    Raises:
        InvalidInput: a certificate or key cannot be read.
    """
    context = ssl.create_default_context()
    if trust.authorities:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cadata=trust.authorities)
        except (ssl.SSLError, ValueError):
            raise InvalidInput("the certificate authority cannot be read", place=place) from None
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.hostname_checks_common_name = False
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        _present(context, certificate, place)
    return context


def _present(context: ssl.SSLContext, certificate: ClientCertificate, place: str) -> None:
    def refuse_password() -> str:
        # Without this, OpenSSL would ask at the terminal.
        raise InvalidInput("the client key is encrypted, which kubectl does not read either", place=place)

    with _fleeting_file(certificate) as path:
        try:
            context.load_cert_chain(path, password=refuse_password)
        except ssl.SSLError as error:
            reason = "do not belong together" if "MISMATCH" in str(error) else "cannot be read"
            raise InvalidInput(f"the client certificate and its key {reason}", place=place) from None


@contextmanager
def _fleeting_file(certificate: ClientCertificate) -> Iterator[str]:
    """Give a file that holds certificate and key for as long as OpenSSL reads it.

    Python reads client certificates from files alone. Where the system can, it is one in memory.
    """
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        descriptor = os.memfd_create("client-certificate")
        path = f"/proc/self/fd/{descriptor}"
    else:
        descriptor, path = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "w", encoding="latin-1", closefd=False) as stream:
            stream.write(certificate.certificate + "\n" + certificate.key.reveal())
        yield path
    finally:
        os.close(descriptor)
        if not path.startswith("/proc/"):
            with suppress(FileNotFoundError):
                Path(path).unlink()
