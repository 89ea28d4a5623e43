"""The life of payouts, simulated: the rules that run in production, on books in memory, under faults of every kind.

`run.py` plays one seed. A step is one act of one party: a transaction, a request at the wire, a word of the rail, a
line at the bank, a tick of the clock. What the executor decides, it decides by the product's own code (guards, states,
`resolving`, the Ramp sender and its judgement of replies); store, rail and bank are small copies with own books.
"""
