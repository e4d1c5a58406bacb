// What the services that can be asked have in common.

import ScrivenerModel
import ScrivenerOutbound

/// Searches somewhere.
protocol SearchService: Sendable {
    var name: String { get }

    /// What it found, best first; snippets, authors and abstracts as it has them.
    ///
    /// - Parameter session: answers are kept for its other tasks.
    /// - Throws: `AgentFailure`, and `CancellationError`.
    func search(
        _ query: String, limit: Int, in session: String, with fetcher: WebFetcher
    ) async throws -> [FoundWork]
}

/// One thing that a service found.
struct FoundWork: Sendable, Equatable {
    var url: OutboundURL
    var title: String
    var kind: SourceKind
    /// Its words, white space folded.
    var text: String
    var facts = SourceFacts()

    static let maximumTitleBytes = 500
    static let maximumTextBytes = 16 << 10
    static let maximumAuthors = 50
    private static let maximumSnippet = 300

    /// The beginning of the text, cut after a word.
    var snippet: String {
        guard text.count > Self.maximumSnippet else { return text }
        let beginning = text.prefix(Self.maximumSnippet)
        let end = beginning.lastIndex(of: " ") ?? beginning.endIndex
        return beginning[..<end] + "…"
    }

    /// White space folded, and cut to a length that no text for readers comes near.
    static func line(_ text: String?, bytes: Int = Self.maximumTitleBytes) -> String {
        String(WhiteSpace.folded(text ?? "").beginning(ofBytes: bytes))
    }
}

extension OutboundURL {
    /// The URL with parameters added to its query.
    func adding(_ parameters: [(name: String, value: String)]) throws(AgentFailure) -> OutboundURL {
        let query = parameters.map { "\($0.name)=\(Self.encoded($0.value))" }
        do {
            return try OutboundURL(
                text + (text.contains("?") ? "&" : "?") + query.joined(separator: "&"))
        } catch {
            throw error.agentFailure
        }
    }

    /// Only what RFC 3986 calls unreserved stays as it is.
    private static func encoded(_ text: String) -> String {
        String(
            decoding: text.utf8.flatMap { byte -> [UInt8] in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "_"), UInt8(ascii: "~"):
                    return [byte]
                default:
                    let digits = String(byte, radix: 16, uppercase: true)
                    return Array(("%" + (byte < 16 ? "0" : "") + digits).utf8)
                }
            }, as: UTF8.self)
    }
}
