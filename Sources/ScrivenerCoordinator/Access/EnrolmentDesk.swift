// Who is listed as a replica of a pool. Whoever has the pool's token may be any replica of it, but for those that have
// a key of their own; whoever tries tokens out is soon not heard any more.

import ScrivenerModel
import ScrivenerSecurity
import ZeroMQ

/// Decides about enrolments. A value: it reads no clock, socket or file.
struct EnrolmentDesk {
    /// Of all connections together.
    static let connectionsAtOnce = 200
    static let connectionsPerSecond = 50.0
    /// Of one address.
    static let failuresAtOnce = 10
    static let failuresPerSecond = 10.0 / 60
    /// Of how many addresses failures are remembered.
    static let maximumAddresses = 4_096

    private var connections: TokenBucket
    private var failures: [String: TokenBucket] = [:]

    init(at now: Instant) {
        connections = TokenBucket(
            capacity: Self.connectionsAtOnce, perSecond: Self.connectionsPerSecond, at: now)
    }

    /// Whether somebody from an address may connect now.
    mutating func mayConnect(from address: String, at now: Instant) -> Bool {
        guard !isSuspect(address, at: now) else { return false }
        return connections.take(at: now)
    }

    /// What came from an address could not be read.
    mutating func noteFault(from address: String, at now: Instant) {
        noteFailure(from: address, at: now)
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - key: of the connection by which it came, which has proved to have its secret half.
    ///   - enrolled: where the key is put if it is listed.
    mutating func answer(
        _ request: EnrolmentRequest, by key: CurvePublicKey, from address: String,
        under keys: CoordinatorKeys, enrolled: inout EnrolledKeys, at now: Moment
    ) -> EnrolmentAnswer {
        guard !isSuspect(address, at: now.instant) else {
            return .refused(code: .overloaded, reason: "too many attempts; try again in a minute")
        }
        let digest = TokenDigest(of: request.token)
        let record = keys.tokens.first { $0.pool == request.pool && $0.digest == digest }
        // One answer for a wrong pool and a wrong token: who guesses learns nothing of either.
        guard let record else {
            noteFailure(from: address, at: now.instant)
            return .refused(
                code: .accessDenied, reason: "this is not a token of such a pool, or not any more")
        }
        guard let worker = WorkerName(pool: request.pool, name: request.name) else {
            return .refused(
                code: .registrationInvalid,
                reason: "a replica's name is 1…128 characters of a–z A–Z 0–9 _ - . :")
        }
        let isTaken = keys.named.contains { $0.worker == worker || $0.key == key }
        guard !isTaken else {
            return .refused(
                code: .accessDenied,
                reason: "the name, or the key, is that of a worker with a key of its own")
        }
        enrolled.add(
            EnrolledKey(worker: worker, key: key, token: record.digest, created: now.wall))
        return .listed(workerID: worker.description)
    }

    /// Whether too many attempts from there have failed.
    private mutating func isSuspect(_ address: String, at now: Instant) -> Bool {
        guard var bucket = failures[address] else { return false }
        guard !bucket.isFull(at: now) else {
            failures[address] = nil
            return false
        }
        return !bucket.take(at: now)
    }

    private mutating func noteFailure(from address: String, at now: Instant) {
        if failures.count >= Self.maximumAddresses {
            failures = failures.filter { _, bucket in
                var bucket = bucket
                return !bucket.isFull(at: now)
            }
            if failures.count >= Self.maximumAddresses { failures.removeAll() }
        }
        _ = failures[
            address,
            default: TokenBucket(
                capacity: Self.failuresAtOnce, perSecond: Self.failuresPerSecond, at: now)
        ].take(at: now)
    }
}
