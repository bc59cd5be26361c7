"""What people answer with where there are no buttons: signs under posts, and forms question by question."""
