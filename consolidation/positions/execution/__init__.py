"""Who does the work: one Dask graph of counting tasks, in threads, local processes or a cluster, and what is remembered."""
