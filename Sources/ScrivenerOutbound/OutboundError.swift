// What can go wrong between a request and its answer. No error quotes a query, a header or a body.

/// Why there is no answer.
package enum OutboundError: Error, Sendable, Equatable {
    /// What the answer or the time for it is measured by.
    package enum Part: String, Sendable {
        case head, body, event
    }

    case invalidURL(reason: String)
    /// The name stands for no address that may be reached.
    case refused(addresses: [String])
    case unresolved(reason: String)
    /// No connection came about: nothing was sent.
    case unreachable(reason: String)
    /// The connection broke, or what came over it was not HTTP. What was sent may have been received.
    case broken(reason: String)
    /// The whole exchange took longer than it may, or the other side was silent for so long.
    case timedOut(limit: Duration)
    case tooLarge(Part, limit: Int)
    case tooManyRedirects(limit: Int)
    /// A redirect leads from `https` to `http`, or nowhere.
    case badRedirect(reason: String)
}

extension OutboundError {
    /// Whether the other side certainly has not seen the request.
    package var isBeforeSending: Bool {
        switch self {
        case .invalidURL, .refused, .unresolved, .unreachable: true
        case .broken, .timedOut, .tooLarge, .tooManyRedirects, .badRedirect: false
        }
    }
}

extension OutboundError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidURL(let reason): "the URL cannot be asked: \(reason)"
        case .refused(let addresses):
            "address refused: \(addresses.prefix(3).joined(separator: ", ")) is not public"
        case .unresolved(let reason): "the host's name was not resolved: \(reason)"
        case .unreachable(let reason): "no connection: \(reason)"
        case .broken(let reason): "the connection failed: \(reason)"
        case .timedOut(let limit): "no answer within \(limit)"
        case .tooLarge(let part, let limit): "the \(part.rawValue) has more than \(limit) bytes"
        case .tooManyRedirects(let limit): "more than \(limit) redirects"
        case .badRedirect(let reason): "the redirect is not followed: \(reason)"
        }
    }
}
