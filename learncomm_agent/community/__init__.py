"""What belongs to the community itself: consent, leaders, feedback."""
