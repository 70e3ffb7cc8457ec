"""What goes on to other systems: one ordered outbox for each, and the sender that reads it."""
