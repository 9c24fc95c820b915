"""A Prometheus as a door: objectives whose events it counts, read through its HTTP API.

`client` speaks HTTP and answers with values instead of exceptions, `document` makes samples of JSON, `minutes` counts events
a minute from samples, `kept` remembers the minutes of one objective, and `source` is what the engine asks: it reads on from where
it was, and says why where it cannot. `document` and `minutes` are pure.

Raw samples are asked for (a selector with a range behind it), not `increase()`, which guesses at a window's edges, and not samples
at steps, which show a gap as a flat line for five minutes. So each step of a counter is counted once, whole, in the minute
of the sample that first shows it, and a minute without a sample is not known.
"""
