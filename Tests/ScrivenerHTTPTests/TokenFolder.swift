// Tokens of every kind, in a folder as a coordinator has it.

import Foundation
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerSecurity

/// A folder of keys for one test, which goes with it.
final class TokenFolder: Sendable {
    let url: URL
    /// The texts by name: a scope's, or `expired`, which has every right but is over.
    let tokens: [String: String]

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(
            path: "scrivener-tokens-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        var tokens: [String: String] = [:]
        let all = TokenScope.allCases.map { ($0.rawValue, $0, nil as WallTime?) }
        for (name, scope, end) in all + [("expired", .admin, Self.past)] {
            let token = APIToken.random()
            tokens[name] = token.text
            try APITokenFile(in: url.path).update { (list) throws(ScrivenerError) in
                try list.add(
                    APITokenRecord(
                        name: name, scope: scope, hash: token.hash, created: Self.past,
                        expires: end))
            }
        }
        self.tokens = tokens
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func security() throws -> HTTPSecurity {
        HTTPSecurity(tokens: try APITokenBook(directory: url.path))
    }

    /// The header of a request with the token of this name, or with this text.
    func header(_ name: String) -> [String: String] {
        ["Authorization": "Bearer " + (tokens[name] ?? name)]
    }

    func revoke(_ name: String) throws {
        _ = try APITokenFile(in: url.path).update { $0.remove(name) }
    }

    private static let past = WallTime(millisecondsSince1970: 1_700_000_000_000)
}
