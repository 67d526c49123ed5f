"""Files: corpora in and out, our own tables, and the folder that appears whole or not at all.

reading: inputs -> Corpus. writing: Corpus and texts -> data/, txt/. restoring: the way back. tables: our own Parquet
that says what it is. trial: another process reads a stranger's Parquet first. publish: lock, swap, manifest. formats/: one
format or concern a module, below all of these.
"""
