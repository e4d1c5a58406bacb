// The agent that finds and reads documents on the web and in catalogues of papers, where the operator has said
// through whom. It takes the place of the one that searches a corpus: same name, same task types, same payloads
// and findings, and the same readers of documents, so that everything after it works as it does there.

import Logging
public import ScrivenerAgentKit
public import ScrivenerModel
import ScrivenerOutbound

/// Searches through configured services, selects sources, fetches and reads them.
///
/// Task types as those of `ResearchAgent`, with `academic_search` beside `web_search`. Of a paper whose abstract
/// the catalogue has, the document is that abstract; anything else is fetched and read.
public final class LiveResearchAgent: BaseAgent {
    public let name = "research"
    public let capabilities: [String]

    private let services: [String: [any SearchService]]
    private let fetcher: WebFetcher

    public convenience init(_ settings: LiveSearchSettings) {
        self.init(settings, resolver: nil)
    }

    init(_ settings: LiveSearchSettings, resolver: (any NameResolver)?) {
        fetcher = WebFetcher(settings, resolver: resolver)
        let services = [
            "web_search": settings.webSearch.compactMap(settings.service),
            "academic_search": settings.academicSearch.compactMap(settings.service),
        ].filter { !$0.value.isEmpty }
        self.services = services
        capabilities = services.keys.sorted() + ["source_selection", "content_extraction"]
    }

    public func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        switch task.taskType {
        case "source_selection": return try select(task)
        case "content_extraction": return try await extract(task, context)
        default:
            guard let services = services[task.taskType] else {
                throw AgentFailure(
                    .invalidInput, code: "unsupported_task_type",
                    message: "\(task.taskType): known are \(capabilities.joined(separator: ", "))")
            }
            return try await search(task, services, context)
        }
    }

    public func shutdown() async { await fetcher.shutdown() }

    // MARK: Searching

    private func search(
        _ task: AgentTask, _ services: [any SearchService], _ context: AgentContext
    ) async throws -> AgentResult {
        let parameters = try TaskParameters(task.parameters, allowed: ["query", "max_results"])
        guard let query = try parameters.string("query") else {
            throw TaskParameters.missing("query")
        }
        let limit = try parameters.integer("max_results", in: 1...50) ?? 10
        let text = WhiteSpace.folded(query.beginning(ofBytes: Self.maximumQueryBytes))
        guard !text.isEmpty else {
            throw AgentFailure(.invalidInput, code: "empty_query", message: "the query is empty")
        }
        let lists = try await found(text, limit, task.sessionID, services, context)
        let relevance = try TextRelevance(text)
        let works = Self.merged(lists).prefix(limit)
        let hits = works.enumerated().map { rank, work in
            SearchHit(
                path: work.url.text, title: work.title, snippet: work.snippet,
                score: CorpusSearch.rounded(1 / Double(rank + 1)),
                confidence: relevance.answerability(of: ["\(work.title). \(work.text)"]),
                kind: work.kind, facts: work.facts)
        }
        return try AgentResult(encoding: SearchResults(query: text, hits: Array(hits)))
    }

    /// The rest of a longer query is ignored. In a URL each may be three, and a URL has a limit.
    private static let maximumQueryBytes = 400

    /// What each of the services found. One that fails is done without, unless all do.
    private func found(
        _ query: String, _ limit: Int, _ session: String, _ services: [any SearchService],
        _ context: AgentContext
    ) async throws -> [[FoundWork]] {
        let fetcher = fetcher
        let answers = await withTaskGroup(
            of: (Int, Result<[FoundWork], any Error>).self
        ) { group in
            for (index, service) in services.enumerated() {
                group.addTask {
                    do {
                        let works = try await service.search(
                            query, limit: limit, in: session, with: fetcher)
                        return (index, .success(works))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var answers: [(Int, Result<[FoundWork], any Error>)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }
        }
        try Task.checkCancellation()
        let lists = answers.compactMap { try? $0.1.get() }
        for (index, answer) in answers {
            guard case .failure(let error) = answer else { continue }
            guard !lists.isEmpty else { throw error }
            context.logger.warning(
                "a search was done without one of its services",
                metadata: ["service": "\(services[index].name)", "error": "\(error)"])
        }
        return lists
    }

    /// The lists in turn, each work once.
    private static func merged(_ lists: [[FoundWork]]) -> [FoundWork] {
        var seen: Set<String> = []
        let rounds = lists.map(\.count).max() ?? 0
        return (0..<rounds).flatMap { rank in
            lists.compactMap { rank < $0.count ? $0[rank] : nil }
        }.filter { work in
            let isNew = seen.insert(work.url.text).inserted
            let isNewTitle =
                work.facts.abstract == nil || seen.insert(work.title.lowercased()).inserted
            return isNew && isNewTitle
        }
    }

    // MARK: Selecting

    private func select(_ task: AgentTask) throws -> AgentResult {
        let parameters = try TaskParameters(
            task.parameters, allowed: ["max_sources", "question"])
        let limit = try parameters.integer("max_sources", in: 1...50) ?? 12
        let question = try parameters.string("question") ?? task.query
        let searches = try task.inputs
            .filter { $0.payload != .null }
            .map { try $0.payload.decode(SearchResults.self) }
        var selection = try LiveSelection(question: question)
        return try AgentResult(encoding: selection.select(searches, limit: limit))
    }

    // MARK: Reading

    private func extract(_ task: AgentTask, _ context: AgentContext) async throws -> AgentResult {
        guard let chosen = try SourceSelection.chosen(for: task) else { return AgentResult() }
        let url: OutboundURL
        do {
            url = try OutboundURL(chosen.path)
        } catch {
            throw AgentFailure(.invalidInput, code: "url_invalid", message: "\(error)")
        }
        context.progress(0.1, "reading \(url)")
        let (place, text) = try await read(chosen, at: url, in: task.sessionID)
        guard !text.passages.isEmpty else {
            throw AgentFailure(
                .permanent, code: "document_empty", message: "\(url): there is no text in it")
        }
        let confidence = try TextRelevance(task.query).answerability(
            of: [text.title] + text.passages.map(\.text))
        let document = text.extracted(path: place, confidence: confidence)
        let source = Source(
            locator: document.path, title: document.title, kind: document.kind,
            confidence: document.confidence, authors: document.authors,
            published: document.published)
        return try AgentResult(encoding: document, findings: Findings(sources: [source]))
    }

    /// - Returns: where the text was in the end, and the text.
    private func read(
        _ chosen: SelectedDocument, at url: OutboundURL, in session: String
    ) async throws -> (place: String, text: DocumentText) {
        let facts = chosen.facts ?? SourceFacts()
        if let abstract = facts.abstract {
            let passage = Passage(headings: ["Abstract"], text: WhiteSpace.folded(abstract))
            let text = DocumentText(
                title: chosen.title, authors: facts.authors, published: facts.published,
                kind: .academicPaper, headings: ["Abstract"], passages: [passage])
            return (url.text, text.bounded())
        }
        let page = try await fetcher.page(at: url, in: session)
        var text = try DocumentReader.read(
            page.body, mediaType: page.mediaType, place: "\(url)", title: chosen.title)
        // What the page does not say of itself the search may know.
        if text.authors.isEmpty { text.authors = facts.authors }
        text.published = text.published ?? facts.published
        return (page.url, text)
    }
}

extension LiveSearchSettings {
    fileprivate func service(_ name: Service) -> (any SearchService)? {
        switch name {
        case .searxng: searxng.map { SearXNGService(settings: $0) }
        case .arxiv: arxiv.map { ArXivService(settings: $0) }
        case .openalex: openalex.map { OpenAlexService(settings: $0, contact: contact) }
        }
    }
}
