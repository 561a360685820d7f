"""Why Pods cannot pull: rules over a snapshot of what was seen. Pure; gathering is `app.doctor`'s."""
