"""`clean run --engine spark` on real clusters: `make test-spark` installs what it needs and runs it.

standalone   a cluster on 127.0.0.1, of processes that can be killed
each         what comes back from workers, whatever happens to them
runs         whole runs: the same files as without Spark
memory       how much the driver needs, as the corpus grows
"""
