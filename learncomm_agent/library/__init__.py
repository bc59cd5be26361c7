"""What members share, and how it is found again."""
