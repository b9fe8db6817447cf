"""One file per verb, and the pytest plugin: joins the other rooms, as only `api` does besides."""
