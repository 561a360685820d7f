"""One Secret name in one namespace has one owner: who of several policies it is."""

from collections.abc import Iterable

from pullsecret.core.policy.model import Policy


def winner_of(policies: Iterable[Policy]) -> Policy | None:
    """Give the policy that has a name in a namespace: a `PullSecret`, else the older one; None of none."""
    return min(policies, key=lambda policy: policy.precedence, default=None)
