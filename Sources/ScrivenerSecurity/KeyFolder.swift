// The folder that holds all keys of a coordinator. People change it with `scrivener keys`, the coordinator reads it
// again when it has changed, and writes what it learns of replicas. `docs/keys.md` describes each file.

import Foundation
package import ScrivenerModel
package import ZeroMQ

/// A coordinator's keys, as files.
package struct KeyFolder: Sendable {
    package enum File: String, Sendable, CaseIterable {
        /// The coordinator's public key, and below it the next one while that is being introduced: what workers get.
        case publicKeys = "coordinator.public"
        case secretKey = "coordinator.secret"
        case nextSecretKey = "coordinator-next.secret"
        case workers
        case poolTokens = "pool-tokens"
        /// Written by the coordinator alone.
        case enrolled
        case apiTokens = "api-tokens"
    }

    static let maximumSecretBytes = 1 << 10
    static let maximumListBytes = 16 << 20

    package let path: String

    package init(_ path: String) { self.path = path }

    package func path(of file: File) -> String { "\(path)/\(file.rawValue)" }

    /// Tells one state of the files that concern workers, and that people change, from another.
    package var stamps: [FileStamp?] {
        [.secretKey, .nextSecretKey, .workers, .poolTokens].map { FileStamp(of: path(of: $0)) }
    }

    /// Whether there is a key by which workers could know the coordinator.
    package var hasCoordinatorKey: Bool { exists(.secretKey) }

    /// Reads all that concerns workers.
    ///
    /// - Throws: `configuration_invalid` with all mistakes of a file.
    package func read() throws(ScrivenerError) -> CoordinatorKeys {
        var before = stamps
        var keys = try readOnce()
        // A key that is put in another's place between two looks is not to be missed.
        while stamps != before {
            before = stamps
            keys = try readOnce()
        }
        return keys
    }

    private func readOnce() throws(ScrivenerError) -> CoordinatorKeys {
        guard exists(.secretKey) else {
            throw KeyText.error(
                path(of: .secretKey),
                "is not there; scrivener keys init --keys \(path) makes the coordinator's keys")
        }
        var keys = CoordinatorKeys(current: try pair(.secretKey))
        if exists(.nextSecretKey) { keys.next = try pair(.nextSecretKey) }
        keys.named = try readWorkers()
        keys.tokens = try readPoolTokens()
        keys.enrolled = try records(.enrolled, fields: 4, EnrolledKey.init)
        return keys
    }

    package func readWorkers() throws(ScrivenerError) -> [NamedWorkerKey] {
        var seen: [CurvePublicKey: WorkerName] = [:]
        return try records(.workers, fields: 2) { (line) throws(LineMistake) in
            let record = try NamedWorkerKey(line)
            if let other = seen.updateValue(record.worker, forKey: record.key) {
                throw LineMistake("the key is listed already, for \(other)")
            }
            return record
        }
    }

    package func readPoolTokens() throws(ScrivenerError) -> [PoolTokenRecord] {
        try records(.poolTokens, fields: 3, PoolTokenRecord.init)
    }

    func exists(_ file: File) -> Bool { FileStamp(of: path(of: file)) != nil }

    func pair(_ file: File) throws(ScrivenerError) -> CurveKeyPair {
        try WorkerKeyFile.read(path(of: file))
    }

    private func records<Record>(
        _ file: File, fields: Int, _ read: (KeyLine) throws(LineMistake) -> Record
    ) throws(ScrivenerError) -> [Record] {
        try KeyText.lines(of: try bytes(file), path(of: file), fields: fields, read)
    }

    /// A list that is not there is empty.
    func bytes(_ file: File) throws(ScrivenerError) -> [UInt8] {
        let path = path(of: file)
        guard FileStamp(of: path) != nil else { return [] }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw KeyText.error(path, "cannot be read")
        }
        guard data.count <= Self.maximumListBytes else {
            throw KeyText.error(
                path, "is too large", limit: "\(Self.maximumListBytes) bytes",
                actual: "\(data.count)")
        }
        return Array(data)
    }
}

/// What a coordinator's key folder says of workers.
package struct CoordinatorKeys: Sendable {
    package var current: CurveKeyPair
    /// The pair that takes its place soon: it is introduced to workers.
    package var next: CurveKeyPair?
    package var named: [NamedWorkerKey] = []
    package var tokens: [PoolTokenRecord] = []
    package var enrolled: [EnrolledKey] = []

    package init(current: CurveKeyPair) { self.current = current }

    package var access: WorkerAccess {
        WorkerAccess(named: named, enrolled: enrolled, tokens: tokens)
    }
}
