// SearXNG, a metasearch engine that anybody can run (https://docs.searxng.org/dev/search_api.html). Its answers in
// JSON have to be switched on in the instance's settings (`search.formats`).

import ScrivenerModel
import ScrivenerOutbound

/// Searches through an instance of SearXNG.
struct SearXNGService: SearchService {
    let name = "searxng"
    let settings: LiveSearchSettings.SearXNG

    func search(
        _ query: String, limit: Int, in session: String, with fetcher: WebFetcher
    ) async throws -> [FoundWork] {
        var parameters: [(name: String, value: String)] = [("q", query), ("format", "json")]
        if !settings.categories.isEmpty {
            parameters.append(("categories", settings.categories.joined(separator: ",")))
        }
        if let language = settings.language { parameters.append(("language", language)) }
        let base = settings.url.text.hasSuffix("/") ? "search" : "/search"
        let url: OutboundURL
        do {
            url = try OutboundURL(settings.url.text + base)
        } catch {
            throw error.agentFailure
        }
        do {
            let answer = try await fetcher.answer(
                of: try url.adding(parameters), accepting: "application/json",
                every: settings.interval, in: session)
            return try Self.works(in: answer.body, limit: limit)
        } catch var failure as AgentFailure where failure.code == "answer_403" {
            failure.message += " (its settings must have json among search.formats)"
            throw failure
        }
    }

    /// - Throws: `AgentFailure`: `invalid_output`, and `search_unavailable` when nothing was found because
    ///   engines did not answer.
    static func works(in body: [UInt8], limit: Int) throws(AgentFailure) -> [FoundWork] {
        guard let value = try? RawJSON(body).value(), let results = value["results"]?.arrayValue
        else { throw ResultDocument.invalid("the answer of SearXNG is not what it documents") }
        let works = results.compactMap(work)
        guard works.isEmpty else { return Array(works.prefix(limit)) }
        let silent = (value["unresponsive_engines"]?.arrayValue ?? []).compactMap { engine in
            engine.stringValue ?? engine.arrayValue?.first?.stringValue
        }
        guard silent.isEmpty else {
            throw AgentFailure(
                .transient, code: "search_unavailable",
                message: "engines of SearXNG do not answer: "
                    + FoundWork.line(silent.joined(separator: ", ")))
        }
        return []
    }

    private static func work(_ result: JSONValue) -> FoundWork? {
        guard let place = result["url"]?.stringValue, let url = try? OutboundURL(place) else {
            return nil
        }
        let title = FoundWork.line(result["title"]?.stringValue)
        let isPaper = result["category"]?.stringValue == "science"
        return FoundWork(
            url: url, title: title.isEmpty ? url.host : title,
            kind: isPaper ? .academicPaper : .webArticle,
            text: FoundWork.line(
                result["content"]?.stringValue, bytes: FoundWork.maximumTextBytes),
            facts: SourceFacts(
                published: result["publishedDate"]?.stringValue.flatMap {
                    PublicationDate.describe($0)
                }))
    }
}
