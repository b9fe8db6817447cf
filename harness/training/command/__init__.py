"""Training by programs of the user's own: started, read line by line, and never left behind."""
