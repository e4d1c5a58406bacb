// Looks after the key folder: reads it again when it has changed, and lists replicas that enrol. On a thread of its
// own, since it waits for the disk, and since strangers can keep it busy.

import Logging
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerShell
import ZeroMQ

/// What the keeper is told by other threads.
enum KeyNotice: Sendable {
    /// Look now, whether or not a file seems to have changed.
    case reload
    case stop
}

/// The key folder's thread. Everything here is confined to it.
final class KeyKeeper {
    private let folder: KeyFolder
    /// Where the system has picked a port, that one is kept.
    private var enrolEndpoint: String
    private let inbox: Mailbox<KeyNotice>
    private let poller: Poller
    /// Tells those who let workers in.
    private let publish: (CoordinatorKeys) -> Void
    private let meters: KeyMeters
    private let logger: Logger
    private var keys: CoordinatorKeys
    private var enrolled: EnrolledKeys
    /// As of before the first look: what was changed since the start is found by it.
    private var watch = FileWatch(taken: [])
    private var hasLooked = false
    private var desk = EnrolmentDesk(at: BootClock.now)
    private var socket: EnrolmentSocket?
    private var isStopping = false
    private var hasFailedToOpen = false
    private var hasFailedToKeep = false
    /// Whether replicas have enrolled since their file was written, and when that was.
    private var hasUnkept = false
    private var keptAt = Instant.zero
    private var lookDue = Instant.zero

    private static let lookInterval = TimeSpan.seconds(1)

    /// - Parameters:
    ///   - keys: what was in the folder when it was read first.
    ///   - publish: called with each change.
    init(
        _ folder: KeyFolder, holding keys: CoordinatorKeys, enrolEndpoint: String,
        inbox: Mailbox<KeyNotice>, meters: KeyMeters, logger: Logger,
        publish: @escaping (CoordinatorKeys) -> Void
    ) {
        self.folder = folder
        self.keys = keys
        self.enrolEndpoint = enrolEndpoint
        self.inbox = inbox
        self.meters = meters
        self.logger = logger
        self.publish = publish
        enrolled = EnrolledKeys(keys.enrolled)
        poller = Poller(wakeUp: inbox.wakeUp)
    }

    /// Returns when it is told to stop.
    func run() throws {
        defer { socket?.close() }
        var notices: [KeyNotice] = []
        while !isStopping {
            let now = BootClock.now
            if lookDue <= now { look(isForced: false, at: now) }
            let due = min(lookDue, socket?.nextDue ?? .distantFuture)
            _ = try poller.wait(timeout: max(.zero, due.since(BootClock.now).duration))
            notices.removeAll()
            inbox.drain(into: &notices)
            for notice in notices {
                switch notice {
                case .reload: look(isForced: true, at: BootClock.now)
                case .stop: isStopping = true
                }
            }
            try serve()
        }
        if hasUnkept { keep() }
    }

    // MARK: The folder

    private func look(isForced: Bool, at now: Instant) {
        lookDue = now.advanced(by: Self.lookInterval)
        let seen = folder.stamps
        if isForced || watch.isNews(seen) { reload(seen, isForced: isForced) }
        keepIfDue(at: now)
        openOrClose()
    }

    /// A folder that cannot be read changes nothing: who is in stays in, who is out stays out. It is read again with
    /// each look: what is in the way may be something else than the files, and what was taken back must not stay.
    private func reload(_ seen: [FileStamp?], isForced: Bool) {
        do throws(ScrivenerError) {
            let before = keys.current.publicKey
            keys = try folder.read()
            let isFirst = !hasLooked
            hasLooked = true
            watch.take(seen)
            enrolled.keepOnly(of: keys.tokens)
            keys.enrolled = enrolled.keys
            if before != keys.current.publicKey { close() }
            publish(keys)
            logger.log(
                level: isFirst ? .debug : .notice, "keys were read",
                metadata: [
                    "workers": "\(keys.named.count)", "pool_tokens": "\(keys.tokens.count)",
                    "replicas": "\(keys.enrolled.count)",
                ])
        } catch {
            guard watch.fail(seen) || isForced else { return }
            logger.error(
                "keys cannot be read; those from before hold", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Enrolment

    /// The endpoint is there where somebody could enrol.
    private func openOrClose() {
        guard !keys.tokens.isEmpty else { return close() }
        guard socket == nil else { return }
        do throws(ZeroMQError) {
            let opened = try EnrolmentSocket(
                binding: enrolEndpoint, keys: keys.current, poller: poller)
            socket = opened
            if enrolEndpoint.hasSuffix(":*") { enrolEndpoint = opened.endpoint }
            hasFailedToOpen = false
            logger.info("replicas may enrol", metadata: ["endpoint": "\(opened.endpoint)"])
        } catch {
            // It is tried again with each look: the port may be given up a little later.
            guard !hasFailedToOpen else { return }
            hasFailedToOpen = true
            logger.error(
                "the endpoint of enrolments cannot be opened", metadata: ["error": "\(error)"])
        }
    }

    private func close() {
        socket?.close()
        socket = nil
    }

    private func serve() throws {
        guard let socket else { return }
        let now = Moment(instant: BootClock.now, wall: BootClock.wall)
        try socket.attend(at: now.instant) { desk.mayConnect(from: $0, at: now.instant) }
        let arrivals = try socket.receive()
        guard !arrivals.isEmpty else { return }
        // A token that was made just now is good, and one that was revoked just now is not.
        look(isForced: false, at: now.instant)
        // With another key there is another socket: who has asked here asks again there.
        guard self.socket === socket else { return }
        let before = enrolled
        let answers = arrivals.map { answer($0, at: now) }
        if enrolled != before {
            hasUnkept = true
            keepIfDue(at: now.instant)
            keys.enrolled = enrolled.keys
            publish(keys)
        }
        // Only now: whoever is told that it is listed dials at once.
        for (arrival, answer) in zip(arrivals, answers) {
            meters.answered(answer)
            socket.send(answer, to: arrival)
        }
    }

    private func answer(_ arrival: EnrolmentSocket.Arrival, at now: Moment) -> EnrolmentAnswer {
        switch arrival.request {
        case .failure(let error):
            desk.noteFault(from: arrival.address, at: now.instant)
            logger.warning(
                "an enrolment could not be understood",
                metadata: ["error": "\(error)", "from": "\(arrival.address)"])
            return .refused(code: .protocolError, reason: "\(error)")
        case .success(let request):
            let answer = desk.answer(
                request, by: arrival.key, from: arrival.address, under: keys,
                enrolled: &enrolled, at: now)
            note(answer, from: arrival.address)
            return answer
        }
    }

    private func note(_ answer: EnrolmentAnswer, from address: String) {
        switch answer {
        case .listed(let worker):
            logger.notice(
                "a replica has enrolled", metadata: ["worker": "\(worker)", "from": "\(address)"])
        case .refused(let code, let reason):
            logger.warning(
                "an enrolment was refused",
                metadata: [
                    "code": "\(code.rawValue)", "reason": "\(reason)", "from": "\(address)",
                ])
        }
    }

    /// At once, but not more often than once a second: the whole file is written, to a disk that others need.
    private func keepIfDue(at now: Instant) {
        guard hasUnkept, now.since(keptAt) >= Self.lookInterval else { return }
        keep()
        (hasUnkept, keptAt) = (false, now)
    }

    /// A folder that cannot be written loses nothing but time: replicas enrol again after a restart.
    private func keep() {
        do throws(ScrivenerError) {
            try folder.keep(enrolled)
            hasFailedToKeep = false
        } catch {
            guard !hasFailedToKeep else { return }
            hasFailedToKeep = true
            logger.warning(
                "the keys of replicas are not kept; they enrol again after a restart",
                metadata: ["error": "\(error)"])
        }
    }
}
