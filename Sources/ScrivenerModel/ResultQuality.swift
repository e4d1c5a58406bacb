// How good a session's results are, and who has contributed what to them. `docs/results.md` defines
// each figure.

/// Confidence in words. The bounds are a convention of this project, for sources and insights alike.
public enum ConfidenceLevel: String, Sendable, Codable, CaseIterable {
    /// 0.8 and more.
    case high
    /// From 0.5 to less than 0.8.
    case medium
    /// Less than 0.5.
    case low

    /// - Parameter confidence: 0…1. What is no number is low.
    public init(_ confidence: Double) {
        self = confidence >= 0.8 ? .high : confidence >= 0.5 ? .medium : .low
    }
}

public struct QualitySection: Sendable, Equatable, Codable {
    public var sourceQuality: SourceQuality
    public var insightQuality: InsightQuality
    public var citationQuality: CitationQuality
    /// The reviewer's score of the final document, 0…1, where there is one.
    public var documentScore: Double?

    public struct SourceQuality: Sendable, Equatable, Codable {
        /// 0 when there is no source.
        public var averageConfidence: Double
        public var highConfidenceSources: Int
        public var lowConfidenceSources: Int

        public init(
            averageConfidence: Double, highConfidenceSources: Int = 0,
            lowConfidenceSources: Int = 0
        ) {
            self.averageConfidence = averageConfidence
            self.highConfidenceSources = highConfidenceSources
            self.lowConfidenceSources = lowConfidenceSources
        }

        enum CodingKeys: String, CodingKey {
            case averageConfidence = "average_confidence"
            case highConfidenceSources = "high_confidence_sources"
            case lowConfidenceSources = "low_confidence_sources"
        }
    }

    public struct InsightQuality: Sendable, Equatable, Codable {
        /// 0 when there is no insight.
        public var averageConfidence: Double
        public var highConfidenceInsights: Int
        /// Insights that quote a source of the session, of all insights, 0…1; 0 when there is none.
        public var evidenceCoverage: Double

        public init(
            averageConfidence: Double = 0, highConfidenceInsights: Int = 0,
            evidenceCoverage: Double = 0
        ) {
            self.averageConfidence = averageConfidence
            self.highConfidenceInsights = highConfidenceInsights
            self.evidenceCoverage = evidenceCoverage
        }

        enum CodingKeys: String, CodingKey {
            case averageConfidence = "average_confidence"
            case highConfidenceInsights = "high_confidence_insights"
            case evidenceCoverage = "evidence_coverage"
        }
    }

    public struct CitationQuality: Sendable, Equatable, Codable {
        /// Places of the final document that point to a source.
        public var totalCitations: Int
        public var uniqueSourcesCited: Int
        /// Such places for each thousand words; 0 without a word.
        public var citationDensity: Double

        public init(
            totalCitations: Int = 0, uniqueSourcesCited: Int = 0, citationDensity: Double = 0
        ) {
            self.totalCitations = totalCitations
            self.uniqueSourcesCited = uniqueSourcesCited
            self.citationDensity = citationDensity
        }

        enum CodingKeys: String, CodingKey {
            case totalCitations = "total_citations"
            case uniqueSourcesCited = "unique_sources_cited"
            case citationDensity = "citation_density"
        }
    }

    public init(
        sourceQuality: SourceQuality, insightQuality: InsightQuality = InsightQuality(),
        citationQuality: CitationQuality = CitationQuality(), documentScore: Double?
    ) {
        self.sourceQuality = sourceQuality
        self.insightQuality = insightQuality
        self.citationQuality = citationQuality
        self.documentScore = documentScore
    }

    enum CodingKeys: String, CodingKey {
        case sourceQuality = "source_quality"
        case insightQuality = "insight_quality"
        case citationQuality = "citation_quality"
        case documentScore = "document_score"
    }
}

/// What the attempts of one agent have done for the session.
public struct AgentContribution: Sendable, Equatable, Codable {
    public var agent: String
    public var workers: [String]
    public var attempts: Int
    public var completedTasks: Int
    /// Seconds.
    public var busyTime: Double
    public var sources: Int
    public var insights: Int
    /// Of these, and of the citations that it reported, what reached the final document.
    public var inFinalDocument: InFinalDocument

    public struct InFinalDocument: Sendable, Equatable, Codable {
        /// Distinct sources of the agent that the document cites.
        public var sources: Int
        /// Insights that quote a source which the document cites.
        public var insights: Int
        /// Distinct sources for which the agent reported a citation and which the document cites.
        public var citations: Int

        public init(sources: Int = 0, insights: Int = 0, citations: Int = 0) {
            self.sources = sources
            self.insights = insights
            self.citations = citations
        }
    }

    public init(
        agent: String, workers: [String], attempts: Int, completedTasks: Int, busyTime: Double,
        sources: Int, insights: Int, inFinalDocument: InFinalDocument = InFinalDocument()
    ) {
        self.agent = agent
        self.workers = workers
        self.attempts = attempts
        self.completedTasks = completedTasks
        self.busyTime = busyTime
        self.sources = sources
        self.insights = insights
        self.inFinalDocument = inFinalDocument
    }

    enum CodingKeys: String, CodingKey {
        case agent, workers, attempts, sources, insights
        case completedTasks = "completed_tasks"
        case busyTime = "busy_time"
        case inFinalDocument = "in_final_document"
    }
}
