"""Faults put into the product on purpose: a bed that cannot find them proves nothing by finding none.

`simulated.py` and `walled.py` name them, `hunting.py` lets the beds loose on each, `plugin.py` plants one for pytest.
"""
