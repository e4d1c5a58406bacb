// What findings may hold. A worker asks before it sends, so that an agent that found too much fails
// its own task and not the batch; the coordinator asks after it decoded.

package import ScrivenerModel

extension WireCodec {
    package static func check(
        _ findings: Findings, limits: WireLimits = .standard
    ) throws(WireError) {
        try Check.size(findings.sources.count, limit: limits.sources, "sources")
        for (row, source) in findings.sources.enumerated() { try check(source, row, limits) }
        try Check.size(findings.insights.count, limit: limits.insights, "insights")
        for (row, insight) in findings.insights.enumerated() { try check(insight, row, limits) }
        try Check.size(findings.citations.count, limit: limits.citations, "citations")
        for (row, citation) in findings.citations.enumerated() {
            try check(citation, row, limits)
        }
        if let document = findings.document { try check(document, limits) }
    }

    private static func check(
        _ source: Source, _ row: Int, _ limits: WireLimits
    ) throws(WireError) {
        let length = limits.findingNameBytes
        try Check.text(source.locator, limit: length, WireField("sources.locator", row: row))
        try Check.text(source.title, limit: length, WireField("sources.title", row: row))
        try Check.share(source.confidence, WireField("sources.confidence", row: row))
        try Check.texts(
            source.authors, count: limits.authorsPerSource, each: length, "sources.authors")
        try Check.optionalText(
            source.published, limit: length, WireField("sources.published", row: row))
    }

    private static func check(
        _ insight: Insight, _ row: Int, _ limits: WireLimits
    ) throws(WireError) {
        let length = limits.findingNameBytes
        try Check.text(insight.topic, limit: length, WireField("insights.topic", row: row))
        try Check.text(
            insight.summary, limit: limits.findingTextBytes,
            WireField("insights.summary", row: row))
        try Check.size(
            insight.supportingEvidence.count, limit: limits.evidencesPerInsight,
            WireField("insights.supporting_evidence", row: row))
        for evidence in insight.supportingEvidence { try check(evidence, row, limits) }
        try Check.share(
            insight.confidenceScore, WireField("insights.confidence_score", row: row))
        try Check.texts(
            insight.relatedSources, count: limits.relatedSourcesPerInsight, each: length,
            "insights.related_sources")
        try Check.texts(
            insight.tags, count: limits.tagsPerInsight, each: length, "insights.tags")
    }

    private static func check(
        _ evidence: Evidence, _ row: Int, _ limits: WireLimits
    ) throws(WireError) {
        let length = limits.findingNameBytes
        try Check.text(
            evidence.quote, limit: limits.findingTextBytes,
            WireField("insights.supporting_evidence.quote", row: row))
        try Check.text(
            evidence.source, limit: length,
            WireField("insights.supporting_evidence.source", row: row))
        try Check.optionalText(
            evidence.section, limit: length,
            WireField("insights.supporting_evidence.section", row: row))
    }

    private static func check(
        _ citation: Citation, _ row: Int, _ limits: WireLimits
    ) throws(WireError) {
        try Check.natural(citation.number, WireField("citations.number", row: row))
        try Check.text(
            citation.source, limit: limits.findingNameBytes,
            WireField("citations.source", row: row))
        try Check.natural(citation.uses, WireField("citations.uses", row: row))
    }

    private static func check(
        _ document: DocumentFacts, _ limits: WireLimits
    ) throws(WireError) {
        let length = limits.findingNameBytes
        try Check.text(document.title, limit: length, "document.title")
        try Check.natural(document.wordCount, "document.word_count")
        try Check.texts(
            document.sections, count: limits.sectionsPerDocument, each: length,
            "document.sections")
        if let score = document.qualityScore {
            try Check.share(score, "document.quality_score")
        }
    }
}
