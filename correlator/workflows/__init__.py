"""What workflows are doing now: a status by callbacks and by n8n's own word, timeouts of the silent, and the event bus."""
