// Taking keys and tokens back.

package import ScrivenerModel

/// What can be revoked.
package enum RevocableKind: String, Sendable, CaseIterable {
    case worker = "worker"
    case poolToken = "pool-token"
    case apiToken = "api-token"

    var file: KeyFolder.File {
        switch self {
        case .worker: .workers
        case .poolToken: .poolTokens
        case .apiToken: .apiTokens
        }
    }

    /// In a sentence.
    package var noun: String {
        switch self {
        case .worker: "key of a worker"
        case .poolToken: "token of a pool"
        case .apiToken: "API token"
        }
    }
}

/// What was taken back.
package struct Revocation: Sendable, Equatable {
    package var kind: RevocableKind
    /// How many of them.
    package var count: Int
}

extension KeyFolder {
    /// Takes back what is listed under a name: a worker's keys, a pool's tokens with the keys of all replicas that
    /// have enrolled by them, or an API token.
    ///
    /// - Parameters:
    ///   - kind: needed only where several kinds have the name.
    ///   - onlyOld: whether the newest stays.
    /// - Throws: `configuration_invalid` where nothing has the name, or more than one kind has.
    @discardableResult
    package func revoke(
        _ name: String, _ kind: RevocableKind? = nil, onlyOld: Bool = false
    ) throws(ScrivenerError) -> Revocation {
        try changing { () throws(ScrivenerError) in
            let kinds = kind.map { [$0] } ?? RevocableKind.allCases
            var found: [(kind: RevocableKind, lines: [Int])] = []
            for kind in kinds {
                let lines = try lines(of: kind.file, named: name)
                if !lines.isEmpty { found.append((kind, lines)) }
            }
            guard found.count <= 1 else {
                throw ScrivenerError(
                    .configurationInvalid, "\(name) is the name of several things",
                    mistakes: [
                        Mistake(
                            .configurationInvalid, at: "kind", "say which",
                            limit: found.map(\.kind.rawValue).joined(separator: ", "))
                    ])
            }
            guard let (kind, all) = found.first else { throw try nothing(named: name) }
            let lines = onlyOld ? all.dropLast() : all
            guard !lines.isEmpty else {
                throw KeyText.error(
                    path(of: kind.file), "has only one \(kind.noun) under \(name), and no older")
            }
            try remove(lines, from: kind.file)
            return Revocation(kind: kind, count: lines.count)
        }
    }

    /// The places of the lines whose first field is the name, the oldest first.
    private func lines(of file: File, named name: String) throws(ScrivenerError) -> [Int] {
        try rows(of: file).enumerated().filter { _, row in
            let field = row.split { $0 == 0x20 || $0 == 0x09 }.first
            return field.map { $0.elementsEqual(name.utf8) } ?? false
        }.map(\.offset)
    }

    private func remove(_ lines: [Int], from file: File) throws(ScrivenerError) {
        let kept = try rows(of: file).enumerated().filter { !lines.contains($0.offset) }
        try write(Array(kept.map(\.element).joined(separator: [UInt8(ascii: "\n")])), to: file)
    }

    private func rows(of file: File) throws(ScrivenerError) -> [ArraySlice<UInt8>] {
        try bytes(file).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }

    /// Why nothing was found: a replica's key alone cannot be taken back, since whoever has its pool's token makes
    /// another.
    private func nothing(named name: String) throws(ScrivenerError) -> ScrivenerError {
        let enrolled = try KeyText.lines(
            of: try bytes(.enrolled), path(of: .enrolled), fields: 4, EnrolledKey.init)
        if let pool = enrolled.first(where: { $0.worker.description == name })?.worker.pool {
            return ScrivenerError(
                .configurationInvalid,
                "\(name) has enrolled, and could do so again: revoke the token of pool \(pool), "
                    + "after its other replicas were given a new one")
        }
        return ScrivenerError(
            .configurationInvalid, "nothing is listed under \(name) in \(path)")
    }
}
