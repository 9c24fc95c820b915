"""Stitch: records of one story though their trace ids differ. One rule a file; each edge says how sure it is."""
