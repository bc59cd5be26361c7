"""What adapters share: keys that post once, notes on disk, choices and forms in words."""
