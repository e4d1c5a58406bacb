// Enrolling, with patience: again after a while when nobody answers, and after a longer one when the answer is no.
// That is for people to mend, and they have to read of it.

import Logging
import ScrivenerModel
import ScrivenerSecurity
import ZeroMQ

/// A replica's way onto the coordinator's list. Confined to the loop's thread.
final class Enrolment {
    private static let firstDelay = 0.2
    private static let longestDelay = 15.0
    /// After an answer that was no.
    private static let refusedDelays = 5.0...20.0
    /// Who is turned away so soon after it was listed does not hurry to be listed again.
    private static let recently = TimeSpan.seconds(5)

    private let credentials: WorkerCredentials
    private let context: Context
    private let poller: Poller
    private let logger: Logger
    private var call: EnrolmentCall?
    private var retryAt: Instant?
    private var failures = 0
    private var listedAt: Instant?

    init(_ credentials: WorkerCredentials, in context: Context, poller: Poller, logger: Logger) {
        self.credentials = credentials
        self.context = context
        self.poller = poller
        self.logger = logger
    }

    var isUnderway: Bool { call != nil || retryAt != nil }

    var nextDue: Instant? { call?.deadline ?? retryAt }

    /// Begins, unless it has begun.
    func begin(at now: Instant) throws {
        guard !isUnderway else { return }
        if let listedAt, now.since(listedAt) < Self.recently {
            return wait(.random(in: Self.refusedDelays), from: now)
        }
        try dial(at: now)
    }

    /// Begins anew, with what is in the files now.
    func restart(at now: Instant) throws {
        close()
        try dial(at: now)
    }

    func close() {
        call?.close()
        call = nil
        retryAt = nil
    }

    private func dial(at now: Instant) throws {
        guard let request = credentials.enrolment else { return }
        retryAt = nil
        let endpoint = credentials.enrolmentEndpoint
        logger.info("enrolling", metadata: ["endpoint": "\(endpoint)"])
        call = try EnrolmentCall(
            request, to: endpoint, knownBy: credentials.trust.line.key, as: credentials.pair,
            in: context, poller: poller, at: now)
    }

    /// Does what is due.
    ///
    /// - Returns: whether the worker has just been listed.
    func attend(at now: Instant) throws -> Bool {
        if let retryAt, retryAt <= now { try dial(at: now) }
        guard let call else { return false }
        guard let answer = try call.answer() else {
            if call.deadline <= now { giveUp(at: now) }
            return false
        }
        call.close()
        self.call = nil
        switch answer {
        case .success(.listed(let workerID)):
            failures = 0
            listedAt = now
            logger.notice("enrolled", metadata: ["worker": "\(workerID)"])
            return true
        case .success(.refused(let code, let reason)):
            logger.error(
                "the coordinator does not enrol this worker",
                metadata: ["code": "\(code.rawValue)", "reason": "\(reason)"])
            wait(.random(in: Self.refusedDelays), from: now)
        case .failure(let error):
            logger.error(
                "the answer to an enrolment is none", metadata: ["error": "\(error)"])
            wait(.random(in: Self.refusedDelays), from: now)
        }
        return false
    }

    private func giveUp(at now: Instant) {
        close()
        failures += 1
        logger.warning(
            "nobody answers an enrolment; is the key in --coordinator-key that of the coordinator?",
            metadata: ["endpoint": "\(credentials.enrolmentEndpoint)"])
        // The coordinator may have another key by now; not where the worker is connected, and only shows a new token.
        if !credentials.isListed { credentials.fail(at: now) }
        let most = min(
            Self.longestDelay, Self.firstDelay * Double(1 << min(failures, 10)))
        wait(.random(in: 0...most), from: now)
    }

    private func wait(_ seconds: Double, from now: Instant) {
        retryAt = now.advanced(by: .seconds(seconds))
    }
}
