"""Training by the user's own programs: started, read line by line, and never left running."""
