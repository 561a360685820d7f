"""Adapter: an imitation cluster, kubelet and registry in one process, for trying and testing.

The real thing is Kubernetes. What the contract tests do not use is not built.
"""
