"""Certificates for the sandbox's TLS servers.

`cryptography` (the extra ``sandbox``) is imported only when one is made.
"""

import ipaddress
import ssl
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pullsecret.core.errors import UsageError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

LIFETIME = timedelta(days=2)
"""A sandbox is not kept running for longer."""


class Authority:
    """A certificate authority that lives in memory; its key is never written down."""

    def __init__(
        self, certificate: "x509.Certificate", key: "ec.EllipticCurvePrivateKey", now: datetime
    ) -> None:
        self._certificate, self._key, self._now = certificate, key, now

    @classmethod
    def create(cls, now: datetime) -> Self:
        """Make one, valid from `now` on; `UsageError` when `cryptography` is not installed."""
        try:
            from cryptography import x509
            from cryptography.hazmat.primitives.asymmetric import ec
        except ImportError as error:
            raise UsageError(
                "a registry with TLS needs the Python package cryptography",
                hint="pip install 'pullsecret[sandbox]'",
            ) from error
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("pullsecret sandbox CA")
        builder = _builder(name, name, key.public_key(), now)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_key_usage(sign_certificates=True), critical=True)
        return cls(_sign(builder, key, key), key, now)

    @property
    def certificate_pem(self) -> bytes:
        """The authority's own certificate: what clients have to trust."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return self._certificate.public_bytes(Encoding.PEM)

    def server_context(self, hosts: Iterable[str]) -> ssl.SSLContext:
        """Make a context for a server with these host names or addresses."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # `ssl` reads certificates from files only; they are gone before the server accepts anybody.
        with tempfile.TemporaryDirectory() as folder:
            chain = Path(folder, "chain.pem")
            chain.touch(mode=0o600)
            chain.write_bytes(self._chain(hosts))
            context.load_cert_chain(chain)
        return context

    def _chain(self, hosts: Iterable[str]) -> bytes:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
        from cryptography.x509.oid import ExtendedKeyUsageOID

        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(
            _name("pullsecret sandbox"), self._certificate.subject, key.public_key(), self._now
        )
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_alternative(h) for h in hosts]), critical=False
        )
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, critical=False)
        certificate = _sign(builder, key, self._key)
        plain_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return plain_key + certificate.public_bytes(Encoding.PEM)


def _name(text: str) -> "x509.Name":
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _alternative(host: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: "x509.Name", issuer: "x509.Name", key: "ec.EllipticCurvePublicKey", now: datetime
) -> "x509.CertificateBuilder":
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
    )


def _key_usage(*, sign_certificates: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=sign_certificates, crl_sign=sign_certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _sign(
    builder: "x509.CertificateBuilder",
    subject_key: "ec.EllipticCurvePrivateKey",
    issuer_key: "ec.EllipticCurvePrivateKey",
) -> "x509.Certificate":
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    # Python 3.13 asks for both identifiers of every certificate in a chain (VERIFY_X509_STRICT).
    subject = x509.SubjectKeyIdentifier.from_public_key(subject_key.public_key())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = builder.add_extension(subject, critical=False).add_extension(issuer, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
