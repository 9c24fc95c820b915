"""The verbs that doors, API and command line call: `record` takes telemetry in, `investigate` explains, `watch` keeps incidents."""
