"""Adapter: one Kubernetes cluster, as kubectl's configuration names it.

`config.load` reads a kubeconfig or a Pod's own account into a `ClusterConfig`, without aiohttp;
`client.ClusterClient` speaks to the API server and fits `app.ports.Cluster` by its shape.
Nothing is imported here, so that a command that needs no cluster does not pay for it.
"""
