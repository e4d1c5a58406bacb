// What `scrivener keys` does with the folder. Each change is whole or not made, and no two are made at once. What a
// secret is for is listed only when the secret is where it was asked to be.

import Foundation
package import ScrivenerModel
package import ZeroMQ

extension KeyFolder {
    // MARK: The coordinator's own

    /// Makes the folder, with a new pair for the coordinator and empty lists.
    ///
    /// - Throws: `configuration_invalid` where there are keys already.
    package func initialise() throws(ScrivenerError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw KeyText.error(path, "cannot be made: \(error.localizedDescription)")
        }
        try changing { () throws(ScrivenerError) in
            let pair = try WorkerKeyFile.generate()
            try SecretFile.write(
                WorkerKeyFile.bytes(of: pair.secretKey, for: "the coordinator's"),
                to: path(of: .secretKey))
            try write(CoordinatorKeyFile.bytes(of: [pair.publicKey]), to: .publicKeys)
            for (file, comment) in [
                (File.workers, "# Workers that may connect: id, public key."),
                (.poolTokens, "# Tokens by which replicas enrol: pool, SHA-256, time."),
            ] where !exists(file) {
                try write(Array("\(comment)\n".utf8), to: file)
            }
        }
    }

    /// Makes the pair that is to take the present one's place. From then on the coordinator introduces it to the
    /// workers that are connected, and the file for workers has both.
    ///
    /// - Throws: `configuration_invalid` while another rotation is under way.
    package func beginRotation() throws(ScrivenerError) {
        try changing { () throws(ScrivenerError) in
            let current = try pair(.secretKey)
            guard !exists(.nextSecretKey) else {
                throw KeyText.error(
                    path(of: .nextSecretKey),
                    "is there: a rotation is under way; scrivener keys rotate --finish ends it")
            }
            let next = try WorkerKeyFile.generate()
            try SecretFile.write(
                WorkerKeyFile.bytes(of: next.secretKey, for: "the coordinator's next"),
                to: path(of: .nextSecretKey))
            try write(
                CoordinatorKeyFile.bytes(of: [current.publicKey, next.publicKey]),
                to: .publicKeys)
        }
    }

    /// Puts the next pair in the place of the present one, which is no more.
    ///
    /// - Throws: `configuration_invalid` when no rotation is under way.
    package func finishRotation() throws(ScrivenerError) {
        try changing { () throws(ScrivenerError) in
            guard exists(.nextSecretKey) else {
                throw KeyText.error(
                    path, "has no next key; scrivener keys rotate makes one")
            }
            let next = try pair(.nextSecretKey)
            try write(CoordinatorKeyFile.bytes(of: [next.publicKey]), to: .publicKeys)
            guard rename(path(of: .nextSecretKey), path(of: .secretKey)) == 0 else {
                throw KeyText.error(
                    path(of: .secretKey),
                    "cannot be replaced: \(String(cString: strerror(errno)))")
            }
        }
    }

    // MARK: Workers and pools

    /// Lists a new key for a worker.
    ///
    /// - Parameters:
    ///   - replacing: whether the worker may have a key already, which goes on being good.
    ///   - handOver: puts the secret key where it belongs, before it is listed.
    /// - Throws: `configuration_invalid` where it has one already.
    @discardableResult
    package func addWorker(
        _ worker: WorkerName, replacing: Bool = false,
        handOver: (CurveKeyPair) throws(ScrivenerError) -> Void
    ) throws(ScrivenerError) -> CurvePublicKey {
        try changing { () throws(ScrivenerError) in
            let has = try readWorkers().contains { $0.worker == worker }
            guard has == replacing else {
                throw KeyText.error(
                    path(of: .workers),
                    has
                        ? "lists a key of \(worker) already; --replace adds a second one"
                        : "lists no key of \(worker) that could be replaced")
            }
            let pair = try WorkerKeyFile.generate()
            try handOver(pair)
            try append(NamedWorkerKey(worker: worker, key: pair.publicKey).line, to: .workers)
            return pair.publicKey
        }
    }

    /// Lists a new token for a pool, beside those that it has.
    ///
    /// - Parameter handOver: puts the token where it belongs, before it is listed.
    @discardableResult
    package func addPoolToken(
        _ pool: String, at now: WallTime, handOver: (PoolToken) throws(ScrivenerError) -> Void
    ) throws(ScrivenerError) -> PoolTokenRecord {
        guard PlanName.isValid(pool, limit: PoolSpecification.maximumNameLength) else {
            throw ScrivenerError(
                .configurationInvalid,
                "a pool's name is 1…\(PoolSpecification.maximumNameLength) of a–z A–Z 0–9 _ - . :")
        }
        return try changing { () throws(ScrivenerError) in
            _ = try readPoolTokens()
            let token = PoolToken.generate()
            try handOver(token)
            let record = PoolTokenRecord(pool: pool, digest: token.digest, created: now)
            try append(record.line, to: .poolTokens)
            return record
        }
    }

    /// Puts the keys of replicas in the place of those that were known. For the coordinator alone.
    package func keep(_ enrolled: EnrolledKeys) throws(ScrivenerError) {
        try write(enrolled.fileBytes, to: .enrolled)
    }

    // MARK: Files

    /// Makes a change while nobody else makes one.
    func changing<Result>(
        _ body: () throws(ScrivenerError) -> Result
    ) throws(ScrivenerError) -> Result {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            throw KeyText.error(path, "cannot be used: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        return try body()
    }

    func write(_ bytes: [UInt8], to file: File) throws(ScrivenerError) {
        try SecretFile.write(bytes, to: path(of: file), replacing: true)
    }

    private func append(_ line: String, to file: File) throws(ScrivenerError) {
        var bytes = try bytes(file)
        if let last = bytes.last, last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        try write(bytes + Array("\(line)\n".utf8), to: file)
    }
}
