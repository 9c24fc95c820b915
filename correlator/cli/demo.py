"""correlator demo: the recorded n8n story, told by real processes."""
