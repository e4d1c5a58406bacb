// What the lines of a coordinator's key files say.

package import ScrivenerModel
package import ZeroMQ

/// A worker that has a key of its own: a line of `workers`. Where a name stands twice, the later line is the newer
/// key, and both hold.
package struct NamedWorkerKey: Sendable, Equatable {
    /// The worker's id.
    package var worker: WorkerName
    package var key: CurvePublicKey

    package init(worker: WorkerName, key: CurvePublicKey) {
        self.worker = worker
        self.key = key
    }

    init(_ line: KeyLine) throws(LineMistake) {
        worker = try line.worker(0)
        key = try line.key(1)
    }

    var line: String { "\(worker) \(key.z85)" }
}

/// A token by which replicas of a pool may enrol: a line of `pool-tokens`.
package struct PoolTokenRecord: Sendable, Equatable {
    package var pool: String
    package var digest: TokenDigest
    package var created: WallTime

    package init(pool: String, digest: TokenDigest, created: WallTime) {
        self.pool = pool
        self.digest = digest
        self.created = created
    }

    init(_ line: KeyLine) throws(LineMistake) {
        guard PlanName.isValid(line.fields[0], limit: PoolSpecification.maximumNameLength) else {
            throw LineMistake(
                "the first field is no pool's name",
                limit: "1…\(PoolSpecification.maximumNameLength) of a–z A–Z 0–9 _ - . :")
        }
        pool = line.fields[0]
        digest = try line.digest(1)
        created = try line.time(2)
    }

    var line: String { "\(pool) \(digest.text) \(created)" }
}

/// A replica that has enrolled: a line of `enrolled`. It counts for as long as its token does.
package struct EnrolledKey: Sendable, Equatable {
    package var worker: WorkerName
    package var key: CurvePublicKey
    /// By which token.
    package var token: TokenDigest
    package var created: WallTime

    package init(
        worker: WorkerName, key: CurvePublicKey, token: TokenDigest, created: WallTime
    ) {
        self.worker = worker
        self.key = key
        self.token = token
        self.created = created
    }

    init(_ line: KeyLine) throws(LineMistake) {
        worker = try line.worker(0)
        guard worker.pool != nil else { throw LineMistake("the worker is of no pool") }
        key = try line.key(1)
        token = try line.digest(2)
        created = try line.time(3)
    }

    var line: String { "\(worker) \(key.z85) \(token.text) \(created)" }
}

extension KeyLine {
    fileprivate func worker(_ place: Int) throws(LineMistake) -> WorkerName {
        guard let name = WorkerName(fields[place]) else {
            throw LineMistake(
                "the first field is no worker's id",
                limit: "name or pool/name, of a–z A–Z 0–9 _ - . :")
        }
        return name
    }

    fileprivate func key(_ place: Int) throws(LineMistake) -> CurvePublicKey {
        guard let key = try? CurvePublicKey(z85: fields[place]) else {
            throw LineMistake(
                "field \(place + 1) is no public key", limit: "40 characters of Z85",
                actual: "\(fields[place].utf8.count) bytes")
        }
        return key
    }

    fileprivate func digest(_ place: Int) throws(LineMistake) -> TokenDigest {
        guard let digest = TokenDigest(fields[place]) else {
            throw LineMistake(
                "field \(place + 1) is no SHA-256", limit: "64 hexadecimal digits",
                actual: "\(fields[place].utf8.count) bytes")
        }
        return digest
    }

    fileprivate func time(_ place: Int) throws(LineMistake) -> WallTime {
        guard let time = WallTime(fields[place]) else {
            throw LineMistake(
                "field \(place + 1) is no time", limit: "such as 2026-01-31T12:00:00Z")
        }
        return time
    }
}
