// Agents speak Codable; the pool carries bytes. The two meet here.

import Foundation
public import ScrivenerModel

extension RawJSON {
    /// Decodes the value that the bytes spell.
    ///
    /// - Throws: `AgentFailure` of class `invalid_input` that names what did not fit.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw AgentFailure(
                .invalidInput, code: "undecodable_json",
                message: "expected \(Value.self): \(Self.describe(error))")
        }
    }

    /// The bytes of an encoded value, with keys in a stable order.
    public init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.init(Array(try encoder.encode(value)))
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, let context):
            return "no \(key.stringValue) at \(path(context.codingPath))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            return "\(context.debugDescription) at \(path(context.codingPath))"
        @unknown default: return "\(error)"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty ? "/" : keys.map { "/" + $0.stringValue }.joined()
    }
}

extension AgentResult {
    /// A successful result with an encoded payload.
    public init(encoding payload: some Encodable, findings: Findings = Findings()) throws {
        self.init(payload: try RawJSON(encoding: payload), findings: findings)
    }
}
