// Reading what the API answers.

import FoundationEssentials
package import ScrivenerModel

/// An answer: what it says, and the bytes that said so.
package struct Answer<Value: Sendable>: Sendable {
    package var value: Value
    package var bytes: [UInt8]
}

package enum APIAnswer {
    /// - Throws: `APIError.unreadable`.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], of request: String
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw APIError.unreadable(request: request, reason: reason(error))
        }
    }

    /// - Throws: `APIError.unreadable`.
    package static func value(_ bytes: [UInt8], of request: String) throws -> JSONValue {
        do {
            return try RawJSON(bytes).value()
        } catch {
            throw APIError.unreadable(
                request: request, reason: "\(error.reason.rawValue) at byte \(error.offset)")
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        let context: DecodingError.Context
        var missing = ""
        switch error {
        case .keyNotFound(let key, let found):
            context = found
            missing = "\(key.stringValue) is missing"
        case .typeMismatch(_, let found), .valueNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return "\(error)"
        }
        let path = context.codingPath.map { "/\($0.intValue.map(String.init) ?? $0.stringValue)" }
        return (path.isEmpty ? "" : path.joined() + ": ")
            + (missing.isEmpty ? context.debugDescription : missing)
    }
}
