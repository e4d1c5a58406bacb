// Findings to bytes and back: inside a batch of results, and beside payloads in the journal.

package import ScrivenerModel

extension WireCodec {
    /// Empty where there are no findings.
    package static func encode(findings: Findings) -> [UInt8] {
        findings.isEmpty ? [] : bytes(of: ProtoFindings(findings))
    }

    package static func decode(
        findings bytes: [UInt8], limits: WireLimits = .standard
    ) throws(WireError) -> Findings {
        guard !bytes.isEmpty else { return Findings() }
        try Check.size(bytes.count, limit: limits.findingsBytes, "findings")
        let findings = try parse(ProtoFindings.self, bytes).model
        try check(findings, limits: limits)
        return findings
    }
}

extension ProtoFindings {
    init(_ model: Findings) {
        self.init()
        sources = model.sources.map(ProtoSource.init)
        insights = model.insights.map(ProtoInsight.init)
        citations = model.citations.map(ProtoCitation.init)
        if let facts = model.document { document = ProtoDocumentFacts(facts) }
    }

    var model: Findings {
        Findings(
            sources: sources.map(\.model), insights: insights.map(\.model),
            citations: citations.map(\.model), document: hasDocument ? document.model : nil)
    }
}

extension ProtoSourceKind {
    init(_ model: SourceKind) {
        self =
            switch model {
            case .webArticle: .webArticle
            case .academicPaper: .academicPaper
            case .documentation: .documentation
            case .other: .other
            }
    }

    /// A kind that a newer worker knows and we do not is some other kind.
    var model: SourceKind {
        switch self {
        case .webArticle: .webArticle
        case .academicPaper: .academicPaper
        case .documentation: .documentation
        case .other, .UNRECOGNIZED: .other
        }
    }
}

extension ProtoSource {
    init(_ model: Source) {
        self.init()
        locator = model.locator
        title = model.title
        kind = ProtoSourceKind(model.kind)
        confidence = model.confidence
        authors = model.authors
        if let date = model.published { published = date }
    }

    var model: Source {
        Source(
            locator: locator, title: title, kind: kind.model, confidence: confidence,
            authors: authors, published: hasPublished ? published : nil)
    }
}

extension ProtoInsight {
    init(_ model: Insight) {
        self.init()
        topic = model.topic
        summary = model.summary
        supportingEvidence = model.supportingEvidence.map(ProtoEvidence.init)
        confidenceScore = model.confidenceScore
        relatedSources = model.relatedSources
        tags = model.tags
    }

    var model: Insight {
        Insight(
            topic: topic, summary: summary, supportingEvidence: supportingEvidence.map(\.model),
            confidenceScore: confidenceScore, relatedSources: relatedSources, tags: tags)
    }
}

extension ProtoEvidence {
    init(_ model: Evidence) {
        self.init()
        quote = model.quote
        source = model.source
        if let heading = model.section { section = heading }
    }

    var model: Evidence {
        Evidence(quote: quote, source: source, section: hasSection ? section : nil)
    }
}

extension ProtoCitation {
    init(_ model: Citation) {
        self.init()
        number = Int64(model.number)
        source = model.source
        uses = Int64(model.uses)
    }

    var model: Citation {
        Citation(number: Int(clamping: number), source: source, uses: Int(clamping: uses))
    }
}

extension ProtoDocumentFacts {
    init(_ model: DocumentFacts) {
        self.init()
        title = model.title
        wordCount = Int64(model.wordCount)
        sections = model.sections
        isFinal = model.isFinal
        if let score = model.qualityScore { qualityScore = score }
    }

    var model: DocumentFacts {
        DocumentFacts(
            title: title, wordCount: Int(clamping: wordCount), sections: sections,
            isFinal: isFinal, qualityScore: hasQualityScore ? qualityScore : nil)
    }
}
