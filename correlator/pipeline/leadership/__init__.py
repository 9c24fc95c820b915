"""Which of the engines on one store concludes: it holds the store's lease, and leads a term.

held_lease   whether this process may lead, by the store's lease and by its own clock
term         what turns in threads while it leads; its memory is built anew each time
leadership   the thread that takes the lease, begins terms and ends them

On a store of its own process the lease is always granted: one term, from start to end.
"""
