"""The control store: what people and the executor decided. Never rebuilt; losing a row of it is a defect.

Lock order in every command: payout → account → limits → chain head; the audit event is appended last.
"""

from execution.store.engine import Store, engine_for, insert_if_absent
from execution.store.prebuilt import among, key_of, keyed

__all__ = ["Store", "among", "engine_for", "insert_if_absent", "key_of", "keyed"]
