"""Who may read what, by roles and overwrites."""
