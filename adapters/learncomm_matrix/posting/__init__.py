"""What the agent posts, changes and takes back."""
