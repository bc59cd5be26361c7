"""How `discuss` climbs its ladder, and lets the facilitator act; pure."""
