"""The sandbox's controllers: they keep workloads' Pods as wanted, and bind Pods to the node.

As in the real ones what happens only says where to look; what is done depends on what is there then.
"""

from pullsecret.sandbox.controllers.manager import ControllerManager

__all__ = ["ControllerManager"]
