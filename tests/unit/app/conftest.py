import pytest

from support.clusters import TestCluster


@pytest.fixture
def cluster() -> TestCluster:
    made = TestCluster()
    made.namespace("web")
    return made
