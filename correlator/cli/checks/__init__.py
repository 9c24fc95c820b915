"""What `correlator doctor` looks at: one file a subject. A check says what it saw, and what to do where that is not well.

check          the result of one
software       Python, libraries
objectives, ports, disk, clock, data_folder   the settings and this machine
servers        how servers are asked: side by side, for 20 seconds at most
n8n, elasticsearch, kibana, kafka, forward    the servers that the settings name; nothing is written there
cluster, cluster_state   what an Elasticsearch is asked, with its client
brokers        what a Kafka is asked, with its client
"""
