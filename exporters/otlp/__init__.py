"""OTLP forward: the requests that the doors acknowledged go on to other backends, byte for byte.

What is forwarded is the request: a backend judges records by its own limits, also those that this engine left out.

exporter          a delivery.Target for each of the settings `forward.targets`
http_sender       OTLP/HTTP; grpc_sender: OTLP/gRPC
answers           what an answer means: taken, again, never: pure
requests          parcels to one request; JSON to protobuf where the protocol knows no JSON: pure
"""

from exporters.otlp.exporter import make_exporter

__all__ = ["make_exporter"]
