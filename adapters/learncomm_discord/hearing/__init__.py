"""What happens on Discord, told to the agent."""
