"""The labelled corpus: executions of a live stack in which every way of breaking a story meets every fault.

The driver starts each execution, so it knows which records belong to which story and what failed first. `make.py` records
it anew; `recording.py` reads what was recorded, `evaluation.py` scores joins and causes against the labels. The labels are read
here and nowhere else.
"""
