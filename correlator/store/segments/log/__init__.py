"""The log: every request is durable here before it is acknowledged.

raw_log          files of frames, begun anew when one is full, dropped when sealed
frame            how a request lies in a file
writer           the thread that takes requests in, in groups with one fdatasync each
reader           acknowledged requests again, for who delivers them elsewhere
recovery         at start-up: gives back each durable request, cuts what a crash tore
replay           at start-up: decodes them into the head
limits_in_force  the limits under which they were admitted
"""
