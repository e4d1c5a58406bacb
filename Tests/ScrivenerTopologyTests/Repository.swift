// Files of the repository, for tests that hold the code against them.

import Foundation
import ScrivenerModel
import ScrivenerYAML

enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func contents(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appending(path: path)))
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try contents(path), as: UTF8.self)
    }

    static func yaml(_ path: String) throws -> JSONValue {
        try RawJSON(ScrivenerYAML.json(fromYAML: contents(path))).value()
    }

    static func json(_ path: String) throws -> JSONValue { try RawJSON(contents(path)).value() }
}
