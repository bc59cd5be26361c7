"""From a playbook and a leader's answers to a plan, and what it will post."""
