"""What goes on in the background.

upkeep       all of it, put together
maintenance  the thread that does one kind over and over
sealer       a full head becomes segments
merger       small segments become large ones
retention    which segments are over
"""
