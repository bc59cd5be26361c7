"""A community in one terminal: several members and rooms, played by one person."""
