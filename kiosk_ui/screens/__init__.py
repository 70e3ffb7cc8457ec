"""What a station shows, as values: the table of screens, the steps of joining and of looking at one's pay. Pure."""
