"""What runs the stages: base.py says which verbs there are; local.py is polars here, spark.py a crew on a cluster."""
