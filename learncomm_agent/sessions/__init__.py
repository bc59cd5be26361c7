"""Sessions: a group learns together by a playbook, from the invitation to the follow-up."""
