"""What an attempt found, in terms that progress can be computed from without reading its payload."""

from dataclasses import dataclass, field
from enum import Enum


class SourceKind(Enum):
    """What kind of thing a source is. The values are the protocol's."""

    OTHER = 0
    WEB_ARTICLE = 1
    ACADEMIC_PAPER = 2
    DOCUMENTATION = 3


@dataclass(frozen=True, slots=True)
class Source:
    """A document that bears on the question."""

    #: A URL, or a path within its corpus.
    locator: str
    title: str
    kind: SourceKind = SourceKind.OTHER
    #: 0 to 1: how sure the agent is that it bears on the question.
    confidence: float = 1.0
    authors: list[str] = field(default_factory=list)
    #: As the document gives it; ISO 8601 where it could be understood.
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that an insight rests on: verbatim text of a source."""

    quote: str
    #: The locator of the source.
    source: str
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    """Something that the sources say about the question."""

    topic: str
    summary: str
    supporting_evidence: list[Evidence] = field(default_factory=list)
    #: 0 to 1.
    confidence_score: float = 1.0
    #: Locators.
    related_sources: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a document that points to a source."""

    number: int
    #: The locator of the source.
    source: str
    #: How many places of the document carry it.
    uses: int = 1


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What can be counted of a document."""

    title: str
    word_count: int
    #: Headings of the first level, in order.
    sections: list[str] = field(default_factory=list)
    is_final: bool = False
    #: 0 to 1.
    quality_score: float | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What an attempt found."""

    sources: list[Source] = field(default_factory=list)
    insights: list[Insight] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    document: DocumentFacts | None = None
