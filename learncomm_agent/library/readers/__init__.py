"""One small module a format: what it takes to make a reading of it."""
