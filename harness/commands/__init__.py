"""One file per verb, and the pytest plugin: the only room that joins the other rooms."""
