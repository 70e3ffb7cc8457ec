"""The factory's own certificate authority: one key at HR that signs the certificates of HR and of boxes.

Public authorities do not sign for names and addresses inside a factory. Boxes and browsers are given `ca.pem` once and
believe nothing else; `ca.key` never leaves HR. docs/decisions/0012 says why the times are what they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from settings import Mendable
from sync.wire.envelope import letters_of

CA_KEY, CA_CERTIFICATE, SERVER_CERTIFICATE = "ca.key", "ca.pem", "server.pem"
AUTHORITY_LASTS = timedelta(days=20 * 365)
CERTIFICATE_LASTS = timedelta(days=397)
CLOCKS_DIFFER = timedelta(days=1)
HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")

NO_USE = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


class NoAuthority(Mendable):
    """The authority's files cannot be used, or half of them is gone."""


class BadHost(Mendable):
    """A certificate is for host names and addresses, and this is neither."""


@dataclass(frozen=True)
class Authority:
    """Its key and its own certificate."""

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.certificate)

    @classmethod
    def of(cls, folder: Path, now: datetime) -> Authority:
        """The one in this folder, made when there is none. NoAuthority."""
        key, certificate = folder / CA_KEY, folder / CA_CERTIFICATE
        if not key.exists() and not certificate.exists():
            cls.generate(now).save(folder)
        try:
            found = load_pem_private_key(key.read_bytes(), None)
            own = x509.load_pem_x509_certificate(certificate.read_bytes())
        except (OSError, ValueError) as error:
            raise NoAuthority(f"{key} or {certificate} cannot be used ({error}); restore both from a backup") from error
        if not isinstance(found, EllipticCurvePrivateKey) or found.public_key() != own.public_key():
            raise NoAuthority(f"{key} is not the key of {certificate}; restore both from a backup")
        return cls(found, own)

    @classmethod
    def generate(cls, now: datetime) -> Authority:
        key = generate_private_key(SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Clockpiece {os.urandom(4).hex()}")])
        made = (
            _began(name, name, key, now, AUTHORITY_LASTS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(**(NO_USE | {"key_cert_sign": True, "crl_sign": True})), critical=True)
        )
        return cls(key, made.sign(key, SHA256()))

    def save(self, folder: Path) -> None:
        """The certificate last: where it is, the key is too."""
        write_secret(folder / CA_KEY, _pem(self.key))
        write_secret(folder / CA_CERTIFICATE, self.certificate.public_bytes(Encoding.PEM))

    def issue(self, hosts: list[str], now: datetime) -> bytes:
        """A new key and its certificate for these host names and addresses, as PEM. BadHost."""
        key = generate_private_key(SECP256R1())
        names = [_name(host) for host in hosts]
        # Names are in the alternative names alone (RFC 9525); a subject is then not needed (RFC 5280 4.1.2.6).
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        made = (
            _began(x509.Name([]), self.certificate.subject, key, now, CERTIFICATE_LASTS)
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**(NO_USE | {"digital_signature": True})), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(issuer_key, critical=False)
        )
        return _pem(key) + made.sign(self.key, SHA256()).public_bytes(Encoding.PEM)


def fingerprint_in(folder: Path) -> str:
    """Of the authority whose certificate is in this folder; "" where there is none that can be read."""
    try:
        return fingerprint(x509.load_pem_x509_certificate((folder / CA_CERTIFICATE).read_bytes()))
    except (OSError, ValueError):
        return ""


def fingerprint(certificate: x509.Certificate) -> str:
    """As a key's, to be compared across two screens."""
    return letters_of(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest())


def write_secret(file: Path, content: bytes) -> None:
    """Whole or not at all, readable by the owner alone; takes the place of what was there."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)


def _began(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    begins = now - CLOCKS_DIFFER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(host: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    if not HOST_NAME.fullmatch(host.lower()):
        raise BadHost(f"{host!r} is no host name and no address; give the ones that boxes and browsers will use")
    return x509.DNSName(host.lower())


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
