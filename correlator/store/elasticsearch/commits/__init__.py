"""Commits of many documents: each is in force as a whole or not at all, whoever writes and whoever dies.

chain          commits one after another
head           what puts one in force
standing       the newest one: read by anybody, its documents written by whoever finds that they are not
changes        what a commit writes, document_ids what the documents are called
plain_indices  documents by id, as they are now, or by search
"""
