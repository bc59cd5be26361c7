"""Commands, controls and forms: offered, and taken when somebody uses them."""
