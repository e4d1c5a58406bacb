// What comes in with a request in its headers, and how what is wrong with a request is told. All of
// it is from outside; nothing here traps, and every refusal says which header, its limit and what was
// sent.

import HTTPTypes
import HummingbirdCore
import ScrivenerModel

let maximumIdempotencyKeyBytes = 255

/// The `Idempotency-Key` of a submission, where there is one.
func idempotencyKey(of request: Request) throws(ScrivenerError) -> String? {
    guard let name = HTTPField.Name("Idempotency-Key"), let key = request.headers[name] else {
        return nil
    }
    try checkIdempotencyKey(key, at: "Idempotency-Key")
    return key
}

/// - Parameter place: where it stands.
func checkIdempotencyKey(_ key: String, at place: String) throws(ScrivenerError) {
    guard (1...maximumIdempotencyKeyBytes).contains(key.utf8.count),
        key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
        throw requestError(
            at: place, "must be visible ASCII characters without spaces",
            limit: "1…\(maximumIdempotencyKeyBytes) characters",
            actual: "\(key.utf8.count) bytes")
    }
}

/// The longest that a submission waits for its session's end.
let maximumWaitSeconds = 600

/// For how many seconds a submission is to wait for its session's end: `Prefer: wait=SECONDS`
/// (RFC 7240, section 4.3). A preference that cannot be honoured is passed over, as the RFC has it.
func waitPreference(of request: Request) -> Int? {
    guard let name = HTTPField.Name("Prefer") else { return nil }
    for value in request.headers[values: name] {
        for preference in value.split(separator: ",") {
            // What follows a semicolon are parameters, of which a wait has none.
            guard let head = preference.split(separator: ";", maxSplits: 1).first else { continue }
            let parts = head.split(separator: "=", maxSplits: 1).map {
                $0.filter { !" \t\"".contains($0) }
            }
            guard parts.count == 2, parts[0].lowercased() == "wait", let seconds = Int(parts[1]),
                seconds > 0
            else { continue }
            return min(seconds, maximumWaitSeconds)
        }
    }
    return nil
}

/// What a submission descends from in a trace: `traceparent` and `tracestate` (W3C Trace Context). What cannot be
/// read is passed over, as the standard has it; so is a `traceparent` of which there are several.
func traceContext(of request: Request) -> TraceContext? {
    guard let parentName = HTTPField.Name("traceparent"),
        let stateName = HTTPField.Name("tracestate")
    else { return nil }
    let parents = request.headers[values: parentName]
    guard parents.count == 1 else { return nil }
    return TraceContext(
        traceparent: parents[0],
        tracestate: request.headers[values: stateName].joined(separator: ","))
}

/// - Parameter place: `?` and the name of a query parameter, the name of a header, or a JSON pointer
///   into the body.
func requestError(
    at place: String, _ message: String, limit: String? = nil, actual: String? = nil
) -> ScrivenerError {
    ScrivenerError(
        .requestInvalid, place.isEmpty ? message : "\(place): \(message)",
        mistakes: [Mistake(.requestInvalid, at: place, message, limit: limit, actual: actual)])
}
