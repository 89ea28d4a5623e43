"""When to pay each open bill: pure arithmetic over a projection. It proposes days and decides nothing."""
