"""Who may read what, by join rules, membership and the visibility of the past."""
