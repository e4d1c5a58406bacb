// The typed, bounded part of a result: what an attempt found, in terms that progress and the
// aggregated results can be computed from without parsing a payload.

/// What an attempt found.
public struct Findings: Sendable, Equatable, Codable {
    public var sources: [Source]
    public var insights: [Insight]
    public var citations: [Citation]
    /// Facts about a document that the attempt wrote, if it wrote one.
    public var document: DocumentFacts?

    public init(
        sources: [Source] = [], insights: [Insight] = [], citations: [Citation] = [],
        document: DocumentFacts? = nil
    ) {
        self.sources = sources
        self.insights = insights
        self.citations = citations
        self.document = document
    }

    public var isEmpty: Bool {
        sources.isEmpty && insights.isEmpty && citations.isEmpty && document == nil
    }
}

/// What kind of thing a source is.
public enum SourceKind: String, Sendable, Equatable, Codable, CaseIterable {
    case webArticle = "web_article"
    case academicPaper = "academic_paper"
    case documentation
    case other
}

/// A document that an agent found to bear on the question.
public struct Source: Sendable, Equatable, Codable {
    /// Where it is: a URL, or a path within its corpus, such as `sqlite/wal.html`.
    public var locator: String
    public var title: String
    public var kind: SourceKind
    /// 0…1: how sure the agent is that the source bears on the question.
    public var confidence: Double
    public var authors: [String]
    /// As the document gives it; ISO 8601 where it could be understood.
    public var published: String?

    public init(
        locator: String, title: String, kind: SourceKind, confidence: Double,
        authors: [String] = [], published: String? = nil
    ) {
        self.locator = locator
        self.title = title
        self.kind = kind
        self.confidence = confidence
        self.authors = authors
        self.published = published
    }
}

/// A passage that an insight rests on: verbatim text of a source.
public struct Evidence: Sendable, Equatable, Codable {
    /// The words of the source, after entities and white space are normalised.
    public var quote: String
    /// The locator of the source.
    public var source: String
    /// The heading under which the passage stands, where there is one.
    public var section: String?

    public init(quote: String, source: String, section: String? = nil) {
        self.quote = quote
        self.source = source
        self.section = section
    }
}

/// Something that the sources say about the question.
public struct Insight: Sendable, Equatable, Codable {
    public var topic: String
    public var summary: String
    public var supportingEvidence: [Evidence]
    /// 0…1.
    public var confidenceScore: Double
    /// Locators of the sources that bear on it.
    public var relatedSources: [String]
    public var tags: [String]

    public init(
        topic: String, summary: String, supportingEvidence: [Evidence], confidenceScore: Double,
        relatedSources: [String], tags: [String] = []
    ) {
        self.topic = topic
        self.summary = summary
        self.supportingEvidence = supportingEvidence
        self.confidenceScore = confidenceScore
        self.relatedSources = relatedSources
        self.tags = tags
    }

    enum CodingKeys: String, CodingKey {
        case topic, summary, tags
        case supportingEvidence = "supporting_evidence"
        case confidenceScore = "confidence_score"
        case relatedSources = "related_sources"
    }
}

/// A place in a document that points to a source.
public struct Citation: Sendable, Equatable, Codable {
    /// The number that stands in the document. One number a source.
    public var number: Int
    /// The locator of the source.
    public var source: String
    /// How many places of the document carry it.
    public var uses: Int

    public init(number: Int, source: String, uses: Int) {
        self.number = number
        self.source = source
        self.uses = uses
    }
}

/// What can be counted of a document that an agent wrote.
public struct DocumentFacts: Sendable, Equatable, Codable {
    public var title: String
    public var wordCount: Int
    /// Headings of the first level, in order.
    public var sections: [String]
    /// Whether this is the document that the session was asked for.
    public var isFinal: Bool
    /// 0…1, where a reviewer gave one.
    public var qualityScore: Double?

    public init(
        title: String, wordCount: Int, sections: [String], isFinal: Bool,
        qualityScore: Double? = nil
    ) {
        self.title = title
        self.wordCount = wordCount
        self.sections = sections
        self.isFinal = isFinal
        self.qualityScore = qualityScore
    }

    enum CodingKeys: String, CodingKey {
        case title, sections
        case wordCount = "word_count"
        case isFinal = "is_final"
        case qualityScore = "quality_score"
    }
}
