"""The four rails over HTTP: one package each, on top of the world file, the clock and the fault board."""
