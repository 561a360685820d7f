"""All rules, in the order in which they are asked. The first one that holds decides.

What names one thing and nothing else goes before what several things end in: a full disk before the layer
that could not be unpacked for it, a proxy before the connection it did not make.
"""

from pullsecret.core.explain.rules import (
    answers,
    bare,
    elsewhere,
    images,
    kubelet,
    logins,
    network,
    node,
    registries,
    secure,
)
from pullsecret.core.explain.rules.rule import LIKELY, POSSIBLE, Confidence, Rule

RULES: tuple[Rule, ...] = (
    *elsewhere.RULES,
    *kubelet.RULES,
    *node.DISK,
    *images.POLICY,
    *network.PROXY,
    *network.RUNTIME_DOWN,
    *secure.PROTOCOL,
    *secure.CERTIFICATE,
    *network.NAMES,
    *network.UNREACHABLE,
    *registries.LIMITS,
    *registries.LIFETIMES,
    *registries.BLOCKED,
    *images.IMAGE,
    *registries.MIRRORS,
    *logins.REJECTED,
    *logins.ANONYMOUS,
    *logins.RIGHTS,
    *answers.MISSING,
    *answers.REFUSED,
    *node.CANCELED,
    *node.EXTRACTION,
    *network.BROKEN_OFF,
    *answers.NOT_THERE,
    *answers.ERRORS,
    *node.STORAGE,
    *kubelet.BACK_OFF,
    *bare.RULES,
)

__all__ = ["LIKELY", "POSSIBLE", "RULES", "Confidence", "Rule"]
