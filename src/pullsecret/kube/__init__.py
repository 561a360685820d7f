"""Adapter: the Kubernetes API over HTTP. Knows kubeconfigs and Status, nothing of pull Secrets."""
