"""What Kibana would ask Elasticsearch, without a Kibana.

objects    the saved objects of the shipped file, their panels, searches and controls
kql        Kibana's query language as query DSL, as Kibana translates it
lens       a Lens chart as the search that Kibana sends, and whether the answer shows anything
recorded   the recorded corpus of the live stack, and what the engine concludes from it, in an Elasticsearch
packages   Kibana's own parser of KQL (npm), and an independent writer's schemas of saved objects (PyPI)
"""
