// arXiv, preprints of the sciences (https://info.arxiv.org/help/api/user-manual.html): a query of its own syntax, an
// Atom feed with abstracts.

import ScrivenerModel
import ScrivenerOutbound

/// Searches arXiv.
struct ArXivService: SearchService {
    /// More terms make a query slow and no better.
    private static let maximumTerms = 10

    let name = "arxiv"
    let settings: LiveSearchSettings.ArXiv

    func search(
        _ query: String, limit: Int, in session: String, with fetcher: WebFetcher
    ) async throws -> [FoundWork] {
        let terms = QueryTerms(query).terms.prefix(Self.maximumTerms)
        guard !terms.isEmpty else { return [] }
        // Terms are letters, digits and blanks: none can leave its quotes.
        let expression = terms.map { "all:\"\($0)\"" }.joined(separator: " OR ")
        let url = try settings.url.adding([
            ("search_query", expression), ("start", "0"), ("max_results", "\(limit)"),
            ("sortBy", "relevance"), ("sortOrder", "descending"),
        ])
        let answer = try await fetcher.answer(
            of: url, accepting: "application/atom+xml", every: settings.interval, in: session)
        return try Self.works(in: answer.body).prefix(limit).map(\.self)
    }

    static func works(in body: [UInt8]) throws(AgentFailure) -> [FoundWork] {
        let entries = try AtomFeed.entries(in: body)
        // An error is an entry of its own kind.
        if let error = entries.first, error.id.contains("/api/errors") {
            throw AgentFailure(
                .permanent, code: "search_refused",
                message: "arXiv: \(FoundWork.line(error.summary))")
        }
        return entries.compactMap { entry in
            guard let url = try? OutboundURL(entry.page ?? entry.id) else { return nil }
            let abstract = FoundWork.line(entry.summary, bytes: FoundWork.maximumTextBytes)
            return FoundWork(
                url: url, title: FoundWork.line(entry.title), kind: .academicPaper,
                text: abstract,
                facts: SourceFacts(
                    authors: entry.authors.prefix(FoundWork.maximumAuthors).map {
                        FoundWork.line($0)
                    },
                    published: PublicationDate.describe(entry.published),
                    abstract: abstract.isEmpty ? nil : abstract))
        }
    }
}
