"""What people rule about identity: keys, what contradicts what, and rulings as rows."""
