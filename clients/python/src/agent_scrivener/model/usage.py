"""What an attempt has used."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt has used; zero where nothing was measured."""

    input_tokens: int = 0
    output_tokens: int = 0
    #: Millionths of the currency unit that the pool accounts in.
    cost_micros: int = 0
    cpu_microseconds: int = 0
    peak_memory_bytes: int = 0
