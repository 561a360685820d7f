"""Certificates: what signs, what serves, and when each is followed by another."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive
from pullsecret.operator.certificates import (
    Authority,
    certificate_of,
    server_context,
    split_bundle,
    still_valid,
    use,
)

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create(NOW)


def test_an_authority_signs_and_is_read_again(authority):
    again = Authority.parse(authority.pair.pem, authority.pair.key)
    assert again.pair == authority.pair
    certificate = certificate_of(again.issue(["a.example.com", "10.0.0.1", "::1"], NOW).pem)
    certificate.verify_directly_issued_by(certificate_of(authority.pair.pem))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.example.com"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.1", "::1"]


def test_a_certificate_is_followed_after_two_thirds_of_its_time(authority):
    pair = authority.issue(["a"], NOW, lifetime=timedelta(hours=24))
    assert (pair.begins, pair.ends) == (NOW - timedelta(minutes=5), NOW + DAY)
    assert timedelta(hours=15) < pair.renewal - NOW < timedelta(hours=16)
    assert (pair.holds(NOW), pair.holds(NOW + DAY), pair.holds(NOW - DAY)) == (True, False, False)
    assert timedelta(days=243) < authority.pair.renewal - NOW < timedelta(days=244)


def test_a_server_can_use_one_after_the_other(authority):
    context = server_context()
    for _ in range(2):
        use(context, authority.issue(["a"], NOW))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_no_key_shows(authority):
    assert "PRIVATE" not in repr(authority.pair)
    assert "PRIVATE" in authority.pair.key.reveal()


def test_two_authorities_differ_by_name():
    one, other = Authority.create(NOW), Authority.create(NOW + timedelta(seconds=1))
    assert certificate_of(one.pair.pem).subject != certificate_of(other.pair.pem).subject


@pytest.mark.parametrize(
    ("pem", "key"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("x", "x", id="no-pem"),
        pytest.param(None, "", id="no-key"),
        pytest.param(None, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", id="broken-key"),
    ],
)
def test_what_is_no_authority_is_refused(authority, pem, key):
    with pytest.raises(InvalidInput):
        Authority.parse(authority.pair.pem if pem is None else pem, Sensitive(key))


def test_a_key_of_another_is_refused(authority):
    with pytest.raises(InvalidInput, match="not the key"):
        Authority.parse(authority.pair.pem, Authority.create(NOW).pair.key)


def test_a_bundle_comes_apart_again(authority):
    other = Authority.create(NOW)
    bundle = f"# ours\n{authority.pair.pem}\n# old\n{other.pair.pem}-----BEGIN CERTIFICATE-----\nAAAA\n"
    bundle += "-----END CERTIFICATE-----\n"
    assert split_bundle(bundle) == (authority.pair.pem, other.pair.pem)
    assert split_bundle("") == ()


def test_a_certificate_whose_time_is_over_is_not_valid(authority):
    assert still_valid(authority.pair.pem, NOW + 364 * DAY)
    assert not still_valid(authority.pair.pem, NOW + 366 * DAY)
