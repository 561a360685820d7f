"""Will these manifests pull? Rules over manifests and what a cluster has. Pure: `app.check` gathers."""
