"""Use cases, one a module. They know the Protocols of `app.ports`, never an adapter.

The way of data is observe, plan, apply: what is there is gathered, a pure plan is made, the plan is done.
"""
