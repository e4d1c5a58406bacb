"""Messages and their bytes, by `scrivener.proto`: the generated module is `scrivener_pb2`."""
