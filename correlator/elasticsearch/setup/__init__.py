"""What a cluster needs before documents go there: what is there, what would be made, and what is another's.

step            one thing of a cluster, and a plan of them
templates       steps for templates
targets         steps for data streams and indices
planned         plan: compares, and changes nothing
applied         apply: does what is due
"""

from correlator.elasticsearch.setup.applied import apply
from correlator.elasticsearch.setup.planned import plan
from correlator.elasticsearch.setup.step import Plan, Step

__all__ = ["Plan", "Step", "apply", "plan"]
