"""Playbooks as files: read, checked, tried, found in a language."""
