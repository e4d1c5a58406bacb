// Files of this repository, which tests hold the code against.

import Foundation
import HTTPTypes
import ScrivenerModel
import ScrivenerYAML

@testable import ScrivenerHTTP

enum Repository {
    static func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// A YAML or JSON file as a value.
    static func document(_ path: String) throws -> JSONValue {
        let bytes = Array(try text(path).utf8)
        return try RawJSON(path.hasSuffix(".yaml") ? json(fromYAML: bytes) : bytes).value()
    }
}

extension Route {
    /// As documents write it: `GET /v1/sessions/{session}`.
    var described: String {
        let parts = path.split(separator: "/")
            .map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
        return method.rawValue + " /" + parts.joined(separator: "/")
    }
}

extension JSONValue {
    var members: [(key: String, value: JSONValue)] {
        if case .object(let members) = self { members } else { [] }
    }
}
