"""Encrypted rooms, where the operator wants them: keys, devices, and what can't be read yet."""
