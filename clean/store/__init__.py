"""Files: corpora in and out, our own tables, and the folder that appears whole or not at all.

reading: inputs -> Corpus; batching: the records of one file. writing: Corpus and texts -> data/, txt/. restoring: the way back.
tables: our own Parquet that says what it is. trial: another process reads a stranger's Parquet first. publish: lock, build, swap;
manifest: what is in it. finished: a run's folder, opened. shelf: crates in which tables wait. known: what earlier runs removed.
formats/: one format or concern a module, below all of these.
"""
