"""Bytes of one OTLP request to Arrow tables: the one function `decode`.

Two encodings meet in one path: `lean_protobuf` and `otlp_json` both give objects with the field names of OTLP's proto
files. `record_limit` refuses too many records before that. `senders`, `spans`, `logs` and `metrics` read rows from them;
`json_bodies` a log record whose body is a line of a log file. `attribute_texts` and `value_texts` write attributes as JSON;
`columns` makes Arrow arrays; `rejections` counts what was not kept. Nothing outside this room knows any of it, so that a
compiled kernel can take its place.
"""

from correlator.doors.otlp_decode.decoded import Decoded, decode

__all__ = ["Decoded", "decode"]
