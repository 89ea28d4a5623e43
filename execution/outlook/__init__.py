"""What if, and what changed: pure arithmetic over published lines. It moves no money and proposes none."""
