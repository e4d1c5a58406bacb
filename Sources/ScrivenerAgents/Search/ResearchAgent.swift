// The agent that finds and reads documents: in a folder on this machine rather than on the web, so
// that a session needs no network and its result can be checked. Its task types are those of a
// research session: search, choose, extract.

import Foundation
public import ScrivenerAgentKit
public import ScrivenerModel
import Synchronization

/// Searches a corpus of HTML, Markdown and text files, selects sources and extracts their text.
///
/// Task types, with their parameters and payloads:
/// - `web_search` — `{"query": string, "max_results": 1…50 = 10}` → `SearchResults`.
/// - `source_selection` — `{"max_sources": 1…50 = 12, "question": string = the session's query}`,
///   with searches as inputs → `SourceSelection`.
/// - `content_extraction` — `{"rank": 1…}`, with a selection as input → `ExtractedDocument` and one
///   source among the findings; `null` where the selection has no such rank.
public final class ResearchAgent: BaseAgent {
    public let name = "research"
    public let capabilities = ["web_search", "source_selection", "content_extraction"]

    private let corpus: String
    private let indexDirectory: IndexDirectory
    private let opened = Mutex<Opened?>(nil)

    private struct Opened {
        var folder: CorpusFolder
        var index: CorpusIndex
    }

    /// - Parameters:
    ///   - corpus: the folder that holds the documents.
    ///   - indexDirectory: where indexes are kept; `nil` for `agent-scrivener/indexes` in the
    ///     user's cache directory. Several workers may share one.
    public init(corpus: String, indexDirectory: String? = nil) {
        self.corpus = corpus
        self.indexDirectory = IndexDirectory(indexDirectory)
    }

    /// Opens the index of the corpus, building it first where there is none for its present state.
    ///
    /// - Throws: `AgentFailure` (`permanent`): `corpus_missing`, `corpus_empty`,
    ///   `corpus_too_large`, `index_unwritable`.
    public func initialize() async throws {
        let corpus = corpus
        let directory = indexDirectory
        // Waiting for a lock and building would block a thread of Swift's small pool.
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result {
                        let folder = try CorpusFolder(corpus)
                        return Opened(folder: folder, index: try directory.index(of: folder))
                    })
            }
        }
        let value = try result.get()
        opened.withLock { $0 = value }
    }

    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        guard let opened = opened.withLock({ $0 }) else {
            throw AgentFailure(
                .transient, code: "not_initialized", message: "the corpus is not open")
        }
        switch task.taskType {
        case "web_search": return try await search(task, opened.index)
        case "source_selection": return try await select(task, opened.index)
        case "content_extraction": return try extract(task, opened.folder, context)
        default:
            throw AgentFailure(
                .invalidInput, code: "unsupported_task_type",
                message: "\(task.taskType): known are \(capabilities.joined(separator: ", "))")
        }
    }

    /// Degraded once the corpus is no longer what was indexed.
    public func healthCheck() async -> AgentCondition {
        guard let opened = opened.withLock({ $0 }) else {
            return .unhealthy(reason: "the corpus is not open")
        }
        do {
            let fingerprint = Fingerprint.corpus(
                try opened.folder.files(), formatVersion: CorpusIndexBuilder.formatVersion)
            return fingerprint == opened.index.fingerprint
                ? .healthy
                : .degraded(reason: "the corpus changed after it was indexed; restart the worker")
        } catch {
            return .unhealthy(reason: error.message)
        }
    }

    public func shutdown() async {
        opened.withLock { $0 = nil }
    }

    // MARK: Task types

    private func search(_ task: AgentTask, _ index: CorpusIndex) async throws -> AgentResult {
        let parameters = try TaskParameters(task.parameters, allowed: ["query", "max_results"])
        guard let query = try parameters.string("query") else {
            throw TaskParameters.missing("query")
        }
        let limit = try parameters.integer("max_results", in: 1...50) ?? 10
        let text = WhiteSpace.folded(query.prefix(Self.maximumQueryLength))
        guard !text.isEmpty else {
            throw AgentFailure(.invalidInput, code: "empty_query", message: "the query is empty")
        }
        let hits = try await index.read { try CorpusSearch.hits(text, limit: limit, in: $0) }
        return try AgentResult(encoding: SearchResults(query: text, hits: hits))
    }

    /// In characters; the rest of a longer query is ignored.
    private static let maximumQueryLength = 2000

    private func select(_ task: AgentTask, _ index: CorpusIndex) async throws -> AgentResult {
        let parameters = try TaskParameters(
            task.parameters, allowed: ["max_sources", "question"])
        let limit = try parameters.integer("max_sources", in: 1...50) ?? 12
        let question = try parameters.string("question") ?? task.query
        let searches = try task.inputs
            .filter { $0.payload != .null }
            .map { try $0.payload.decode(SearchResults.self) }
        let selection = try await index.read { reader in
            var selector = SourceSelector(
                question: String(question.prefix(Self.maximumQueryLength)),
                folders: index.topFolders)
            return try selector.select(searches, limit: limit, in: reader)
        }
        return try AgentResult(encoding: selection)
    }

    private func extract(
        _ task: AgentTask, _ folder: CorpusFolder, _ context: AgentContext
    ) throws -> AgentResult {
        guard let chosen = try SourceSelection.chosen(for: task) else { return AgentResult() }
        try Task.checkCancellation()
        context.progress(0.1, "reading \(chosen.path)")
        let confidence = chosen.confidence.isFinite ? min(1, max(0, chosen.confidence)) : 0
        let document = try folder.document(chosen.path).extracted(
            path: chosen.path, confidence: confidence)
        let source = Source(
            locator: document.path, title: document.title, kind: document.kind,
            confidence: document.confidence, authors: document.authors,
            published: document.published)
        return try AgentResult(encoding: document, findings: Findings(sources: [source]))
    }
}
