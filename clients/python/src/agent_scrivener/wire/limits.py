"""How much one message may hold. `docs/protocol.md` lists the limits; the coordinator refuses more."""

from dataclasses import dataclass

KIB = 1 << 10
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class WireLimits:
    """Limits on a message. All sizes are in bytes."""

    message_bytes: int = 8 * MIB
    batch_items: int = 4_096
    batch_inputs: int = 65_536
    attempt_references: int = 250_000
    identifier_bytes: int = 256
    text_bytes: int = 64 * KIB
    slots_per_agent: int = 10_000
    #: A result's payload, and an input's.
    result_bytes: int = 1 * MIB
    parameter_bytes: int = 1 * MIB
    checkpoint_bytes: int = 1 * MIB
    proposed_tasks_bytes: int = 1 * MIB
    findings_bytes: int = 1 * MIB
    sources: int = 1_000
    authors_per_source: int = 256
    insights: int = 1_000
    evidences_per_insight: int = 64
    related_sources_per_insight: int = 1_000
    tags_per_insight: int = 64
    citations: int = 1_000
    sections_per_document: int = 1_000
    #: Locators, titles, topics, authors, headings, dates, tags.
    finding_name_bytes: int = 8 * KIB
    #: Summaries and quotes.
    finding_text_bytes: int = 64 * KIB
    json_depth: int = 128
