"""How people are cared for: when to speak, who meets whom, what may be counted; all of it pure."""
