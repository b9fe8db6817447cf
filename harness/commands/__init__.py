"""One file a verb, and the pytest plugin: the only place that joins the other rooms."""
