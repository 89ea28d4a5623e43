"""Random lives of payouts on the real executor and the real store, on either database, with everything going wrong.

`machine.py` is the firm with its two executor processes; `people.py`, `rails.py` and `disasters.py` are what may happen
next, one file per who does it; `books.py` are the rail's and the bank's own books, `oracle.py` what must always hold.
`profiles.py` says how a life is dealt: plain, or with edge values and some kinds of events switched off.
"""
