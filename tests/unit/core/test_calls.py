import pytest

from pullsecret.core.calls import address_of


@pytest.mark.parametrize(
    ("url", "address"),
    [
        pytest.param("https://h:1/v2/a/manifests/b", "https://h:1/v2/a/manifests/b", id="plain"),
        pytest.param("https://u:p@h/token?service=x&sig=secret#part", "https://h/token", id="secrets"),
        pytest.param("https://[h/x?sig=secret", "", id="no address"),
    ],
)
def test_an_address_that_may_be_told(url: str, address: str) -> None:
    assert address_of(url) == address
