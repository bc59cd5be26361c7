"""Rehearsals: a playbook played through by simulated members, six weeks in seconds."""
