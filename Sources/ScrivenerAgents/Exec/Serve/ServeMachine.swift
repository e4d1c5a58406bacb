// A process that serves many attempts, as a plain value: what happens to it and to them goes in with the time, and
// what is to be done comes out. `ExecServer` does it.
//
// What makes a cancel a proof: an attempt that was told to stop is held to be running until the program says that
// it has stopped, or until its process is dead. A program that does not say so within the grace has its process
// killed, and the other attempts in it fail as transient: they are tried again.
//
// Who is to blame when the process has to be killed, or ends: an attempt that was alone in it; otherwise nobody, and
// all are tried again.

import ScrivenerAgentKit
import ScrivenerModel

struct ServeMachine {
    typealias Instant = ContinuousClock.Instant

    struct Settings: Equatable {
        /// How long a program may take to stop an attempt.
        var grace: Duration
        /// How long a process may take to be ready.
        var startPatience: Duration
        /// How long an attempt may take.
        var wallTime: Duration?
        var maximumOutputBytes: Int
    }

    enum Phase: Equatable {
        /// Nobody wants it yet, or no more.
        case absent
        /// It ended; the next is started then.
        case pausing(until: Instant)
        case starting(until: Instant)
        case ready(answersHealth: Bool)
        /// It is being killed. What its attempts come to, and whether the next is started without a pause.
        case dying(AgentFailure, startsAgain: Bool)
        /// It was told that nothing comes any more.
        case closing(until: Instant)
    }

    enum Attempt: Equatable {
        /// The process is not ready for it.
        case waiting(line: [UInt8])
        case running(until: Instant?)
        /// It was told to stop. What it comes to when it has, other than being cancelled.
        case stopping(until: Instant, AgentFailure?)
    }

    static let healthPatience = Duration.seconds(5)
    static let shortestPause = Duration.milliseconds(200)
    static let longestPause = Duration.seconds(30)
    /// A process that was ready for so long has not failed at once.
    static let goodRunTime = Duration.seconds(60)

    let settings: Settings
    private(set) var phase = Phase.absent
    private(set) var attempts: [String: Attempt] = [:]
    /// The number of the process that runs, or ran last.
    private var process = 0
    /// How many processes in a row have ended without having been ready for long.
    private var failures = 0
    private var lastFailure: AgentFailure?
    /// Questions how it is, and until when the process may answer.
    private var questions: [String: Instant] = [:]
    /// Since when this process is ready, or was before it was told to end.
    private var readySince: Instant?
    /// Whether the process has said that it cannot work.
    private var isUnhealthy = false
    private var isClosed = false

    private var wasReady: Bool { readySince != nil }

    init(_ settings: Settings) { self.settings = settings }

    /// When a `tick` is due.
    var nextDeadline: Instant? {
        let ofAttempts = attempts.values.compactMap { attempt -> Instant? in
            switch attempt {
            case .waiting: nil
            case .running(let until): until
            case .stopping(let until, _): until
            }
        }
        let ofPhase: Instant? =
            switch phase {
            case .pausing(let until), .starting(let until), .closing(let until): until
            case .absent, .ready, .dying: nil
            }
        // One that dies is waited for, and for nothing else.
        if case .dying = phase { return nil }
        return (ofAttempts + questions.values + (ofPhase.map { [$0] } ?? [])).min()
    }

    mutating func handle(_ event: ServeEvent, at now: Instant) -> [ServeEffect] {
        switch event {
        case .wanted: wanted(now)
        case .started(let id, let line): started(id, line, now)
        case .cancelled(let id): stop(id, nil, now)
        case .healthAsked(let id): healthAsked(id, now)
        case .said(let process, let message):
            process == self.process ? heard(message, now) : []
        case .ended(let process, let end):
            process == self.process ? ended(end, now) : []
        case .closed: closed(now)
        case .tick: tick(now)
        }
    }

    // MARK: The process

    private mutating func wanted(_ now: Instant) -> [ServeEffect] {
        switch phase {
        case .absent: return isClosed ? [] : start(now)
        case .ready:
            guard isUnhealthy else { return [.announce(nil)] }
            return kill(ServeFailure.unhealthy, startsAgain: true)
        case .pausing, .starting, .dying, .closing: return []
        }
    }

    private mutating func start(_ now: Instant) -> [ServeEffect] {
        process += 1
        (readySince, isUnhealthy) = (nil, false)
        phase = .starting(until: now.advanced(by: settings.startPatience))
        return [.start(process: process)]
    }

    /// - Parameter startsAgain: at once, since nothing says that the next would not work.
    private mutating func kill(
        _ failure: AgentFailure, startsAgain: Bool = false
    ) -> [ServeEffect] {
        if case .dying = phase { return [] }
        phase = .dying(failure, startsAgain: startsAgain)
        return [.kill] + answerQuestions(failure)
    }

    /// Nobody else will.
    private mutating func answerQuestions(_ failure: AgentFailure) -> [ServeEffect] {
        defer { questions = [:] }
        return questions.keys.sorted().map {
            .answerHealth(id: $0, .unhealthy(reason: failure.message))
        }
    }

    private mutating func ended(_ end: ProcessEnd, _ now: Instant) -> [ServeEffect] {
        var startsAgain = false
        let cause: AgentFailure
        switch (phase, end) {
        case (.dying(let reason, let again), _):
            cause = reason
            startsAgain = again
        case (_, .ended(let failure)): cause = wasReady ? ServeFailure.ended(failure) : failure
        case (_, .stopped(let failure)): cause = blaming(failure)
        }
        if let readySince, readySince.advanced(by: Self.goodRunTime) <= now { failures = 0 }
        lastFailure = cause
        let effects = answerQuestions(cause) + endAttempts(cause)
        guard !isClosed else {
            phase = .absent
            return effects + [.finish]
        }
        if startsAgain {
            phase = .pausing(until: now)
            return effects
        }
        failures += 1
        phase = .pausing(until: now.advanced(by: pause))
        // Whoever waits for it hears at once that it is not there.
        return effects + [.announce(cause)]
    }

    private var pause: Duration {
        let doublings = min(max(failures - 1, 0), 16)
        return min(Self.shortestPause * (1 << doublings), Self.longestPause)
    }

    private mutating func closed(_ now: Instant) -> [ServeEffect] {
        isClosed = true
        switch phase {
        case .absent, .pausing:
            phase = .absent
            return [.finish]
        case .starting, .ready:
            phase = .closing(until: now.advanced(by: settings.grace))
            return [.endInput]
        case .dying, .closing: return []
        }
    }

    // MARK: Attempts

    private mutating func started(
        _ id: String, _ line: [UInt8], _ now: Instant
    ) -> [ServeEffect] {
        switch phase {
        case .ready: return begin(id, line, now)
        case .closing: return [.end(id: id, .failure(notReady))]
        // Also through a long pause: whoever failed at once would be tried again at once, and again, until nothing of
        // its retries is left.
        case .absent, .pausing, .starting, .dying:
            attempts[id] = .waiting(line: line)
            return []
        }
    }

    private var notReady: AgentFailure {
        AgentFailure(
            .transient, code: "served_process_not_ready",
            message: "the process that serves is not there: "
                + (lastFailure?.message ?? "it is being stopped"),
            logTail: lastFailure?.logTail ?? [])
    }

    private mutating func begin(
        _ id: String, _ line: [UInt8], _ now: Instant
    ) -> [ServeEffect] {
        attempts[id] = .running(until: settings.wallTime.map { now.advanced(by: $0) })
        return [.say(line)]
    }

    /// - Parameter failure: what the attempt comes to; `nil` when it is cancelled.
    private mutating func stop(
        _ id: String, _ failure: AgentFailure?, _ now: Instant
    ) -> [ServeEffect] {
        switch attempts[id] {
        case .waiting:
            attempts[id] = nil
            return [.end(id: id, failure.map(ServeMessage.AttemptEnd.failure) ?? .stopped)]
        case .running:
            attempts[id] = .stopping(until: now.advanced(by: settings.grace), failure)
            if case .dying = phase { return [] }
            return [.say(ServeLine.cancel(id: id))]
        case .stopping, nil: return []
        }
    }

    /// The process is dead, and what was in it has stopped with it.
    private mutating func endAttempts(_ cause: AgentFailure) -> [ServeEffect] {
        var effects: [ServeEffect] = []
        for (id, attempt) in attempts.sorted(by: { $0.key < $1.key }) {
            switch attempt {
            case .waiting:
                // The next process is for it, unless this one never came to be.
                guard !wasReady || isClosed else { continue }
                effects.append(.end(id: id, .failure(notReady)))
            case .running: effects.append(.end(id: id, .failure(cause)))
            case .stopping(_, let failure):
                effects.append(
                    .end(id: id, failure.map(ServeMessage.AttemptEnd.failure) ?? .stopped))
            }
            attempts[id] = nil
        }
        return effects
    }

    // MARK: What it says

    private mutating func heard(_ message: ServeMessage, _ now: Instant) -> [ServeEffect] {
        // What a process says that is being killed does not count.
        if case .dying = phase { return [] }
        switch message {
        case .ready(let answersHealth): return ready(answersHealth, now)
        case .health(let id, let condition):
            guard questions.removeValue(forKey: id) != nil else { return [] }
            if case .unhealthy = condition { isUnhealthy = true }
            return [.answerHealth(id: id, condition)]
        case .progress(let id, let fraction, let text):
            return attempts[id] == nil ? [] : [.progress(id: id, fraction, message: text)]
        case .output(let id, let text):
            return attempts[id] == nil ? [] : [.output(id: id, text)]
        case .checkpoint(let id, let bytes):
            return attempts[id] == nil ? [] : [.checkpoint(id: id, bytes)]
        case .ended(let id, let end): return attemptEnded(id, end)
        case .garbage(let id?, let reason) where attempts[id] != nil:
            return stop(id, ServeFailure.garbage(reason), now)
        case .garbage(_, let reason):
            // Nobody can be asked about it, and what follows it cannot be trusted.
            return kill(blaming(ServeFailure.garbage(reason)))
        }
    }

    private mutating func ready(_ answersHealth: Bool, _ now: Instant) -> [ServeEffect] {
        guard case .starting = phase else { return [] }
        readySince = now
        phase = .ready(answersHealth: answersHealth)
        var effects = [ServeEffect.announce(nil)]
        for (id, attempt) in attempts.sorted(by: { $0.key < $1.key }) {
            if case .waiting(let line) = attempt { effects += begin(id, line, now) }
        }
        return effects
    }

    private mutating func attemptEnded(
        _ id: String, _ end: ServeMessage.AttemptEnd
    ) -> [ServeEffect] {
        // Late: of one that was never there, or has ended with another process.
        guard let attempt = attempts[id] else { return [] }
        switch attempt {
        case .waiting: return []
        case .running:
            attempts[id] = nil
            return [.end(id: id, checked(end))]
        case .stopping(_, let failure):
            attempts[id] = nil
            return [.end(id: id, failure.map(ServeMessage.AttemptEnd.failure) ?? .stopped)]
        }
    }

    private func checked(_ end: ServeMessage.AttemptEnd) -> ServeMessage.AttemptEnd {
        switch end {
        case .result(let result) where result.payload.bytes.count > settings.maximumOutputBytes:
            .failure(
                ServeFailure.tooLarge(
                    result.payload.bytes.count, limit: settings.maximumOutputBytes))
        case .stopped: .failure(ServeFailure.garbage("it was not told to stop"))
        case .result, .failure: end
        }
    }

    /// What the attempts come to: to the one that was alone with its process it happened for good.
    private func blaming(_ failure: AgentFailure) -> AgentFailure {
        let running = attempts.values.filter {
            if case .waiting = $0 { false } else { true }
        }
        // Of one that was never ready nobody had anything.
        guard failure.failureClass == .permanent, wasReady, running.count != 1 else {
            return failure
        }
        return ServeFailure.shared(failure)
    }

    // MARK: Health

    private mutating func healthAsked(_ id: String, _ now: Instant) -> [ServeEffect] {
        let reason = lastFailure?.message ?? "there was none before"
        switch phase {
        case .ready(answersHealth: true):
            questions[id] = now.advanced(by: Self.healthPatience)
            return [.say(ServeLine.health(id: id))]
        case .ready: return [.answerHealth(id: id, .healthy)]
        case .starting, .dying:
            return [
                .answerHealth(
                    id: id, .degraded(reason: "its process is being started again: \(reason)"))
            ]
        case .absent, .pausing, .closing:
            return [.answerHealth(id: id, .unhealthy(reason: reason))]
        }
    }

    // MARK: Time

    private mutating func tick(_ now: Instant) -> [ServeEffect] {
        switch phase {
        case .dying: return []
        case .pausing(let until) where until <= now: return start(now)
        case .starting(let until) where until <= now:
            return kill(ServeFailure.slowStart(settings.startPatience))
        case .closing(let until) where until <= now:
            return kill(ServeFailure.closed)
        case .absent, .pausing, .starting, .ready, .closing: break
        }
        if questions.values.contains(where: { $0 <= now }) {
            return kill(ServeFailure.silent(Self.healthPatience))
        }
        var effects: [ServeEffect] = []
        for (id, attempt) in attempts.sorted(by: { $0.key < $1.key }) {
            switch attempt {
            case .running(let until?) where until <= now:
                effects += stop(
                    id, settings.wallTime.map { ChildExcess.wallTime(limit: $0).failure }, now)
            case .stopping(let until, _) where until <= now:
                effects += kill(ServeFailure.refusal(id, settings.grace), startsAgain: true)
            case .waiting, .running, .stopping: break
            }
        }
        return effects
    }
}
