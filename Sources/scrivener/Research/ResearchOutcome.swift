// What `scrivener research` leaves behind: the report as Markdown and HTML, the results as the
// coordinator sent them, and a summary on stdout.

import ScrivenerModel

/// A report and the results that it came with, on disk.
struct ResearchOutcome: Sendable {
    var report: FinalReport
    var overview: ResultsOverview
    var directory: String

    var markdownPath: String { directory + "/report.md" }
    var htmlPath: String { directory + "/report.html" }
    var resultsPath: String { directory + "/results.json" }

    /// Writes the three files.
    ///
    /// - Throws: `CommandFailure`.
    func write(results: [UInt8]) throws {
        try AtomicFile.write(results, to: resultsPath)
        try AtomicFile.write(Array(report.markdown.utf8), to: markdownPath)
        try AtomicFile.write(Array(report.html.utf8), to: htmlPath)
    }

    /// The summary for people.
    var table: String {
        var facts = FactList()
        facts.add("title", report.title)
        facts.add("report", markdownPath)
        facts.add("", htmlPath)
        facts.add("results", resultsPath)
        facts.add("session", overview.session.sessionID)
        facts.add("sources", String(overview.sources.totalSources))
        facts.add("insights", String(overview.analysis.insightsGenerated))
        facts.add("citations", String(overview.document.citations))
        facts.add("quality", Tables.quality(overview.quality) ?? "not scored")
        facts.add("tokens", Tables.tokens(overview.execution))
        facts.add("workers", overview.workersDescribed)
        facts.add("took", overview.session.seconds.map(Readable.seconds))
        return facts.rendered()
    }

    /// The summary for programs.
    var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return .object([
            ("session_id", .string(overview.session.sessionID)),
            ("session_state", .string(overview.session.sessionState.rawValue)),
            ("title", .string(report.title)),
            ("report_markdown", .string(markdownPath)),
            ("report_html", .string(htmlPath)),
            ("results", .string(resultsPath)),
            ("sources", .integer(Int64(overview.sources.totalSources))),
            ("insights", .integer(Int64(overview.analysis.insightsGenerated))),
            ("citations", .integer(Int64(overview.document.citations))),
            ("quality_score", number(overview.quality.documentScore)),
            ("input_tokens", .integer(Int64(overview.execution.inputTokens))),
            ("output_tokens", .integer(Int64(overview.execution.outputTokens))),
            ("cost_micros", .integer(Int64(overview.execution.costMicros))),
            (
                "tasks_by_worker",
                .object(overview.tasksByWorker.map { ($0.worker, .integer(Int64($0.tasks))) })
            ),
            ("seconds", number(overview.session.seconds)),
        ])
    }
}
