"""What the commands do, one module a job: read, call the pipeline or the stores, give back plain values."""
