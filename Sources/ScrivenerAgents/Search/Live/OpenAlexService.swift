// OpenAlex, a catalogue of scholarly works (https://developers.openalex.org/api-reference/works). Abstracts come as an
// index of their words, out of which the text is put together again.

import ScrivenerModel
import ScrivenerOutbound

/// Searches OpenAlex.
struct OpenAlexService: SearchService {
    /// Longer abstracts are none.
    private static let maximumWords = 5_000

    let name = "openalex"
    let settings: LiveSearchSettings.OpenAlex
    let contact: String?

    private static let fields = [
        "id", "doi", "display_name", "publication_date", "authorships", "primary_location",
        "is_retracted", "abstract_inverted_index",
    ]

    func search(
        _ query: String, limit: Int, in session: String, with fetcher: WebFetcher
    ) async throws -> [FoundWork] {
        let terms = QueryTerms(query).terms
        guard !terms.isEmpty else { return [] }
        var parameters: [(name: String, value: String)] = [
            ("search", terms.joined(separator: " ")), ("per_page", "\(limit)"),
            ("select", Self.fields.joined(separator: ",")),
        ]
        if let contact, contact.contains("@") {
            parameters.append(("mailto", contact.replacing("mailto:", with: "")))
        }
        if let key = settings.key { parameters.append(("api_key", key.text)) }
        do {
            let answer = try await fetcher.answer(
                of: try settings.url.adding(parameters), accepting: "application/json",
                every: settings.interval, in: session)
            return try Self.works(in: answer.body).prefix(limit).map(\.self)
        } catch var failure as AgentFailure where failure.code == "answer_403" {
            // So it says that it was asked too often.
            failure.failureClass = .transient
            throw failure
        }
    }

    static func works(in body: [UInt8]) throws(AgentFailure) -> [FoundWork] {
        guard let value = try? RawJSON(body).value(), let results = value["results"]?.arrayValue
        else { throw ResultDocument.invalid("the answer of OpenAlex is not what it documents") }
        return results.compactMap(work)
    }

    private static func work(_ result: JSONValue) -> FoundWork? {
        guard result["is_retracted"]?.boolValue != true,
            let title = result["display_name"]?.stringValue
        else { return nil }
        let places = [
            result["doi"], result["primary_location"]?["landing_page_url"], result["id"],
        ]
        guard
            let url = places.lazy.compactMap({ $0?.stringValue }).compactMap({
                try? OutboundURL($0)
            }).first
        else { return nil }
        let abstract = result["abstract_inverted_index"].flatMap(Self.abstract) ?? ""
        let authors = (result["authorships"]?.arrayValue ?? []).compactMap {
            $0["author"]?["display_name"]?.stringValue
        }
        return FoundWork(
            url: url, title: FoundWork.line(title), kind: .academicPaper, text: abstract,
            facts: SourceFacts(
                authors: authors.prefix(FoundWork.maximumAuthors).map { FoundWork.line($0) },
                published: result["publication_date"]?.stringValue.flatMap {
                    PublicationDate.describe($0)
                },
                abstract: abstract.isEmpty ? nil : abstract))
    }

    /// The words at their places, with a blank between two.
    private static func abstract(_ index: JSONValue) -> String? {
        guard case .object(let words) = index else { return nil }
        var places: [(place: Int64, word: String)] = []
        for (word, positions) in words {
            for position in positions.arrayValue ?? [] {
                guard let place = position.integerValue else { continue }
                places.append((place, word))
                guard places.count <= maximumWords else { return nil }
            }
        }
        // A place that has two words keeps the order of the answer.
        let ordered = places.enumerated().sorted {
            ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
        }
        return FoundWork.line(
            ordered.map(\.element.word).joined(separator: " "),
            bytes: FoundWork.maximumTextBytes)
    }
}
