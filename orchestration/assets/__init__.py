"""The asset graph, a file per layer: raw, warehouse, published. Keys are layer first: raw/ramp/bills."""
