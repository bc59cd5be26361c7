"""What happens on Matrix, told to the agent."""
