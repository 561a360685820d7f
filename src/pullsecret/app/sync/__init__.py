"""The engine that keeps namespaces as policies say: observe, plan, apply.

`sync`, `rotate` and the operator share it.
"""
