"""Who may do what: roles are named from the first day, and checked once there are users."""
