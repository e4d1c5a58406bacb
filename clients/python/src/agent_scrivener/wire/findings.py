"""Findings to bytes, within what the coordinator takes: who found too much fails alone, and not its neighbours."""

import math
from collections.abc import Sequence

from ..model.findings import Citation, DocumentFacts, Evidence, Findings, Insight, Source
from . import scrivener_pb2 as pb
from .columns import size
from .errors import WireError
from .limits import WireLimits


def encode_findings(findings: Findings, limits: WireLimits) -> bytes:
    """Empty where there are none.

    :raises WireError: when they exceed a limit, or are none.
    """
    if findings == Findings():
        return b""
    size(len(findings.sources), limits.sources, "sources")
    size(len(findings.insights), limits.insights, "insights")
    size(len(findings.citations), limits.citations, "citations")
    check = _Check(limits)
    document = findings.document
    try:
        encoded = pb.Findings(
            sources=[check.source(each) for each in findings.sources],
            insights=[check.insight(each) for each in findings.insights],
            citations=[check.citation(each) for each in findings.citations],
            document=None if document is None else check.document(document),
        ).SerializeToString()
    # What protobuf says of a value that is of another type, or of text that is none.
    except (TypeError, ValueError, AttributeError) as error:
        raise WireError("malformed", "findings", actual=str(error)) from error
    size(len(encoded), limits.findings_bytes, "findings")
    return encoded


class _Check:
    """Makes messages of findings."""

    def __init__(self, limits: WireLimits) -> None:
        self._limits = limits

    def source(self, source: Source) -> pb.Source:
        return pb.Source(
            locator=self._name(source.locator, "sources.locator"),
            title=self._name(source.title, "sources.title"),
            kind=f"SOURCE_KIND_{source.kind.name}",
            confidence=_share(source.confidence, "sources.confidence"),
            authors=self._names(
                source.authors, self._limits.authors_per_source, "sources.authors"),
            published=self._optional_name(source.published, "sources.published"))

    def insight(self, insight: Insight) -> pb.Insight:
        size(
            len(insight.supporting_evidence), self._limits.evidences_per_insight,
            "insights.supporting_evidence")
        return pb.Insight(
            topic=self._name(insight.topic, "insights.topic"),
            summary=self._text(insight.summary, "insights.summary"),
            supporting_evidence=[self._evidence(each) for each in insight.supporting_evidence],
            confidence_score=_share(insight.confidence_score, "insights.confidence_score"),
            related_sources=self._names(
                insight.related_sources, self._limits.related_sources_per_insight,
                "insights.related_sources"),
            tags=self._names(insight.tags, self._limits.tags_per_insight, "insights.tags"))

    def _evidence(self, evidence: Evidence) -> pb.Evidence:
        field = "insights.supporting_evidence"
        return pb.Evidence(
            quote=self._text(evidence.quote, f"{field}.quote"),
            source=self._name(evidence.source, f"{field}.source"),
            section=self._optional_name(evidence.section, f"{field}.section"))

    def citation(self, citation: Citation) -> pb.Citation:
        return pb.Citation(
            number=_natural(citation.number, "citations.number"),
            source=self._name(citation.source, "citations.source"),
            uses=_natural(citation.uses, "citations.uses"))

    def document(self, facts: DocumentFacts) -> pb.DocumentFacts:
        score = facts.quality_score
        return pb.DocumentFacts(
            title=self._name(facts.title, "document.title"),
            word_count=_natural(facts.word_count, "document.word_count"),
            sections=self._names(
                facts.sections, self._limits.sections_per_document, "document.sections"),
            is_final=facts.is_final,
            quality_score=None if score is None else _share(score, "document.quality_score"))

    def _name(self, text: str, field: str) -> str:
        size(len(text.encode()), self._limits.finding_name_bytes, field)
        return text

    def _optional_name(self, text: str | None, field: str) -> str | None:
        return None if text is None else self._name(text, field)

    def _names(self, texts: Sequence[str], limit: int, field: str) -> list[str]:
        size(len(texts), limit, field)
        return [self._name(text, field) for text in texts]

    def _text(self, text: str, field: str) -> str:
        size(len(text.encode()), self._limits.finding_text_bytes, field)
        return text


def _share(value: float, field: str) -> float:
    if math.isnan(value) or not 0 <= value <= 1:
        raise WireError("out_of_range", field, "0…1", str(value))
    return value


def _natural(value: int, field: str) -> int:
    if not 0 <= value < 1 << 63:
        raise WireError("out_of_range", field, "0…2⁶³−1", str(value))
    return value
