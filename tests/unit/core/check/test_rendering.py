"""Files that make manifests, and what has to be run to check these."""

import pytest

from pullsecret.core.check.rendering import rendered_by


@pytest.mark.parametrize(
    ("file", "command"),
    [
        pytest.param("kustomization.yaml", "kubectl kustomize .", id="here"),
        pytest.param("overlays/prod/kustomization.yml", "kubectl kustomize overlays/prod", id="yml"),
        pytest.param("/a b/Kustomization", "kubectl kustomize '/a b'", id="quoted"),
        pytest.param("shop/Chart.yaml", "helm template shop", id="chart"),
        pytest.param("shop/templates/web/deployment.yaml", "helm template shop", id="template"),
        pytest.param(
            "shop/charts/db/templates/x.yaml", "helm template shop/charts/db", id="of a chart in it"
        ),
        pytest.param("/srv/shop/templates/x.yaml", "helm template /srv/shop", id="by its whole path"),
        pytest.param("templates/x.yaml", "helm template .", id="of the chart here"),
        pytest.param("/Chart.yaml", "helm template /", id="at the root"),
        pytest.param("shop/values.yaml", "", id="another file"),
        pytest.param("-", "", id="standard input"),
    ],
)
def test_what_makes_the_manifests(file: str, command: str) -> None:
    assert rendered_by(file) == (f"{command} | pullsecret check -f -" if command else "")
