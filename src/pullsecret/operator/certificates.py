"""The webhook's certificates: an authority that the replicas share, and short-lived ones of their own."""

import os
import ssl
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive

AUTHORITY_LIFETIME = timedelta(days=365)
SERVING_LIFETIME = timedelta(hours=24)
_BEFORE = timedelta(minutes=5)  # for clocks that are behind ours


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its key.

    Attributes:
        pem: the certificate.
        key: the private key, PKCS #8 in PEM.
        begins: since when it holds.
        ends: until when.
    """

    pem: str
    key: Sensitive
    begins: datetime = field(compare=False)
    ends: datetime = field(compare=False)

    @property
    def renewal(self) -> datetime:
        """When it should be followed by another: after two thirds of its time."""
        return self.begins + (self.ends - self.begins) * 2 / 3

    def holds(self, now: datetime) -> bool:
        """Tell whether it is valid."""
        return self.begins <= now < self.ends


class Authority:
    """A certificate authority."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate, self._key = certificate, key
        self.pair = _pair(certificate, key)

    @classmethod
    def create(cls, now: datetime, lifetime: timedelta = AUTHORITY_LIFETIME) -> Self:
        """Make one, valid from now on."""
        key = ec.generate_private_key(ec.SECP256R1())
        # Two of them trusted at once must differ by name: some verifiers try only the first that fits.
        name = _name(f"pullsecret webhook CA {now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}")
        builder = _builder(name, name, key, now, lifetime)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs=True), critical=True)
        return cls(_signed(builder, key, key), key)

    @classmethod
    def parse(cls, pem: str, key: Sensitive) -> Self:
        """Read one that `create` made.

        Raises:
            InvalidInput: it is none, or the key is another's.
        """
        certificate = certificate_of(pem)
        private: object = None
        with suppress(ValueError, TypeError):
            private = load_pem_private_key(key.reveal().encode(), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise InvalidInput("is no private key that we made", place="tls.key")
        if private.public_key() != certificate.public_key():
            raise InvalidInput("is not the key of the certificate beside it", place="tls.key")
        return cls(certificate, private)

    def issue(self, hosts: Iterable[str], now: datetime, lifetime: timedelta = SERVING_LIFETIME) -> Pair:
        """Sign a certificate for a server with these names or addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name("pullsecret webhook"), self._certificate.subject, key, now, lifetime)
        alternatives = x509.SubjectAlternativeName([_alternative(host) for host in hosts])
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(alternatives, critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs=False), critical=True)
        builder = builder.add_extension(server, critical=False)
        return _pair(_signed(builder, key, self._key), key)


def certificate_of(pem: str) -> x509.Certificate:
    """Read one certificate; `InvalidInput` when it is none."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise InvalidInput("is no certificate", place="tls.crt") from None


def split_bundle(bundle: str) -> tuple[str, ...]:
    """Give the certificates of a bundle, each as `Pair.pem` has it; what is none is left out."""
    end = "-----END CERTIFICATE-----"
    found = (part[part.find("-----BEGIN") :] + end + "\n" for part in bundle.split(end)[:-1])
    certificates = []
    for part in found:
        with suppress(InvalidInput):
            certificates.append(_pem(certificate_of(part)))
    return tuple(certificates)


def still_valid(pem: str, now: datetime) -> bool:
    """Tell whether a certificate's time is not over."""
    return now < certificate_of(pem).not_valid_after_utc


def server_context() -> ssl.SSLContext:
    """Make a context for a server; it needs a certificate by `use` before it can serve."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def use(context: ssl.SSLContext, pair: Pair) -> None:
    """Serve with this certificate from the next connection on."""
    with _as_file(pair) as path:
        context.load_cert_chain(path)


@contextmanager
def _as_file(pair: Pair) -> Iterator[str]:
    """Lend a pair as a file, which `ssl` wants: in memory where the system can, so no disk sees the key."""
    data = (pair.key.reveal() + pair.pem).encode()
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("serving", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, data)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "serving.pem")
        path.touch(mode=0o600)
        path.write_bytes(data)
        yield str(path)


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Pair(_pem(certificate), Sensitive(private), begins, ends)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + lifetime)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _signed(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, issuer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    subject = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    builder = builder.add_extension(subject, critical=False).add_extension(signer, critical=False)
    return builder.sign(issuer, hashes.SHA256())
