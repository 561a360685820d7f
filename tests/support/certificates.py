"""Certificate authorities and what they sign, for servers and clients of tests."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Signed:
    """A certificate and its key, both PEM."""

    certificate: str
    key: str

    def server_context(self, folder: Path, *, clients: str = "") -> ssl.SSLContext:
        """Make a server's context; `clients` is the authority whose client certificates it demands."""
        path = folder / "server.pem"
        path.write_text(self.certificate + self.key)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        if clients:
            context.load_verify_locations(cadata=clients)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class Authority:
    """A certificate authority without key identifiers, which the strict mode of OpenSSL would refuse."""

    def __init__(self, name: str = "test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        builder = _builder(self._name, self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.pem = _pem(builder.sign(self._key, hashes.SHA256()))

    def sign(self, *names: str, days: tuple[int, int] = (-1, 1), common_name: str = "test") -> Signed:
        """Sign a certificate for these host names and addresses, valid for these days around today."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_named(common_name), self._name, key, days)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_alternative(name) for name in names]), False
            )
        return Signed(_pem(builder.sign(self._key, hashes.SHA256())), key_pem(key))


def key_pem(key: ec.EllipticCurvePrivateKey, password: bytes = b"") -> str:
    """Write a private key, encrypted where there is a password."""
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: tuple[int, int] = (-1, 1)
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
