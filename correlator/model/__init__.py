"""Values: what the engine speaks of. They know nothing of clocks, stores or networks.

In values ids are lowercase hex; in tables (model.tables) they are bytes. Times are unix nanoseconds.
"""
