"""People, rooms and messages: what every chat has in common, and what a platform must be able to do."""
