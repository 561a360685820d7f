from collections.abc import Callable
from typing import Any

import pytest

from pullsecret.core.credentials import Credential
from pullsecret.core.sensitive import Sensitive
from pullsecret.registry.client import RegistryClient
from support.httpserver import Names

MakeClient = Callable[..., RegistryClient]


@pytest.fixture
def client() -> MakeClient:
    """Make a client whose registries are all on this machine; plain HTTP unless a test says otherwise."""

    def make(**options: Any) -> RegistryClient:
        defaults = {
            "environment": {}, "plain_http": lambda _: True, "resolver": Names(unknown={"nowhere.test"}),
            "time_limit": 10.0,
        }  # fmt: skip
        return RegistryClient(**defaults | options)

    return make


@pytest.fixture
def admin() -> Credential:
    return Credential("admin", Sensitive("correct-horse"))
