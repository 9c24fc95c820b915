"""Files of rules: found and read (files), those of objectives (objective_files), checked (check), built for Prometheus (build)."""
