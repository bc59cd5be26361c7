"""How `collect` takes entries, asks in private and shows its list; pure."""
