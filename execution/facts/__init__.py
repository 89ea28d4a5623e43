"""What the guards are asked about: the published snapshot first, then the rails live, read only."""
