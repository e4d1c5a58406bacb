// One attempt at a task, at a service: the conversation about it, and what ends it.
//
// A cancelled attempt has stopped when the service says so, and not when its connection is gone: whoever closes a
// connection knows nothing of what goes on behind it. So the conversation is not cancelled with the task around it.
// Cancellation is one of the events that this file waits for; it makes a second conversation begin, which asks
// the service to stop until there is a proof of one of these kinds:
//
// - the service answers the task, or ends its execution by itself: what has ended does not run;
// - it confirms the request to stop. While the task is not answered at all that alone is none: the
//   request may have overtaken it;
// - the deadline that the service was told has passed, by more than clocks differ.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound
import Synchronization

final class HTTPExecution: Sendable {
    /// By so much the clock of the service may be behind ours.
    static let clockDifference = Duration.seconds(5)
    /// How often a task is posted to a service that is busy, and how long it is waited for each time. What takes
    /// longer is the pool's.
    private static let maximumTries = 3
    private static let longestRest = Duration.seconds(60)
    private static let firstPause = Duration.milliseconds(200)
    private static let longestPause = Duration.seconds(5)

    private struct State {
        /// Where the service says that the execution is.
        var place: OutboundURL?
        var lastEventID: String?
        var heardAt = ContinuousClock.now
        var isStopping = false
        /// The task is to be posted again, and has not been yet.
        var isResting = false
        /// No answer to the task is under way any more.
        var isConversationOver = false
    }

    private let settings: HTTPAgentSettings
    private let client: OutboundClient
    private let requests: HTTPAgentRequests
    private let context: AgentContext
    private let state = Mutex(State())

    init(
        _ settings: HTTPAgentSettings, _ client: OutboundClient, _ task: AgentTask,
        _ context: AgentContext
    ) {
        self.settings = settings
        self.client = client
        self.context = context
        requests = HTTPAgentRequests(settings, task, context)
    }

    /// - Throws: `AgentFailure`, and `CancellationError` when nothing of a cancelled attempt runs any more.
    func result() async throws -> AgentResult {
        try Task.checkCancellation()
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        var ending = await withTaskCancellationHandler {
            // Not cancelled with the task around it, and awaited at once.
            await Task { await run(stops) }.value
        } onCancel: {
            stop.finish()
        }
        // Asked once: what is cancelled after that has ended as it says, and proves nothing.
        if Task.isCancelled {
            if case .failed(_, isOver: false) = ending {
                // Cancelled just when it had failed.
                ending = await Task { await self.stop() }.value ?? ending
            }
            tell(ending)
            throw CancellationError()
        }
        switch ending {
        case .completed(let result): return result
        case .failed(let failure, _): throw failure
        case .stopped:
            throw AgentFailure(
                .transient, code: "service_cancelled",
                message: "the service cancelled the execution by itself")
        }
    }

    private func run(_ stops: AsyncStream<Void>) async -> HTTPEnding {
        await withTaskGroup(of: HTTPEnding?.self) { group in
            group.addTask { await self.converse() }
            group.addTask {
                for await _ in stops {}
                guard !Task.isCancelled else { return nil }
                return await self.stop()
            }
            defer { group.cancelAll() }
            var last = HTTPEnding.stopped(.confirmed)
            for await case let ending? in group {
                last = ending
                let isStopping = state.withLock { $0.isStopping }
                if isStopping, case .failed(_, isOver: false) = ending { continue }
                return ending
            }
            return last
        }
    }

    private func tell(_ ending: HTTPEnding) {
        let proof = if case .stopped(let proof) = ending { proof } else { HTTPStopProof.confirmed }
        context.logger.info(
            "the service has stopped an attempt", metadata: ["proof": "\(proof.rawValue)"])
        context.emit(
            proof == .confirmed
                ? "[stopped: the service has confirmed it]\n"
                : "[stopped: the deadline that the service was told has passed]\n")
    }

    // MARK: The conversation

    private func converse() async -> HTTPEnding {
        let ending = await post()
        guard case .failed(let failure, isOver: false) = ending else { return ending }
        let (isStopping, place) = state.withLock { state in
            state.isConversationOver = true
            return (state.isStopping, state.place)
        }
        // It may still be at work. Nobody waits for what it says; the next attempt may well meet it.
        guard !isStopping, case .confirmed = await askToStop(at: place, until: nil) else {
            return ending
        }
        return .failed(failure, isOver: true)
    }

    /// Asks, and again when the service is busy and says when it will not be.
    private func post() async -> HTTPEnding {
        let reader = reader
        var tries = 0
        while true {
            tries += 1
            let reply: HTTPReply
            do {
                reply = try await client.exchange(requests.post()) { stream in
                    try await reader.reply(toPost: &stream)
                }
            } catch let error as OutboundError {
                return .failed(error.agentFailure, isOver: error.isBeforeSending)
            } catch {
                return .failed(Self.lost("\(error)"), isOver: false)
            }
            switch reply {
            case .ended(let ending): return ending
            case .accepted(let place): return await follow(place)
            case .busy(let failure, let again):
                guard tries < Self.maximumTries, await rest(for: again) else {
                    return .failed(failure, isOver: true)
                }
            case .cut, .running, .unavailable:
                return .failed(Self.lost("the stream ended before its result"), isOver: false)
            }
        }
    }

    /// Waits before the task is posted again. Meanwhile nothing of it runs.
    ///
    /// - Returns: whether it is to be posted again.
    private func rest(for span: Duration) async -> Bool {
        let end = ContinuousClock.now.advanced(by: span)
        guard span <= Self.longestRest, context.deadline.map({ end < $0 }) ?? true else {
            return false
        }
        let mayRest = state.withLock { state in
            state.isResting = !state.isStopping
            return state.isResting
        }
        guard mayRest else { return false }
        try? await Task.sleep(until: end, clock: .continuous)
        return state.withLock { state in
            state.isResting = false
            return !state.isStopping
        }
    }

    /// Looks at the execution until it has ended, however often the connection breaks, unless the service is
    /// silent for too long.
    private func follow(_ place: OutboundURL) async -> HTTPEnding {
        state.withLock {
            $0.place = place
            $0.heardAt = .now
        }
        let reader = reader
        while true {
            let lastEventID = state.withLock { $0.lastEventID }
            var pause: Duration?
            var problem = "the stream ended"
            do {
                let request = requests.look(at: place, after: lastEventID)
                let reply = try await client.exchange(request) { stream in
                    try await reader.reply(toLook: &stream)
                }
                switch reply {
                case .ended(let ending): return ending
                case .running(let again): pause = again
                case .unavailable(let again):
                    pause = again
                    problem = "the service is not available"
                case .cut, .accepted, .busy: break
                }
            } catch let error as OutboundError {
                guard error.agentFailure.failureClass == .transient else {
                    return .failed(error.agentFailure, isOver: false)
                }
                problem = "\(error)"
            } catch {
                return .failed(Self.lost("\(error)"), isOver: false)
            }
            let heardAt = state.withLock { $0.heardAt }
            guard ContinuousClock.now - heardAt < settings.silence else {
                return .failed(Self.lost(problem), isOver: false)
            }
            let wait = max(settings.pollInterval, min(pause ?? .zero, settings.silence))
            try? await Task.sleep(for: wait)
        }
    }

    private var reader: HTTPReplyReader {
        HTTPReplyReader(settings: settings, context: context) { [self] id in
            state.withLock { state in
                state.heardAt = .now
                if let id { state.lastEventID = id }
            }
        }
    }

    private static func lost(_ reason: String) -> AgentFailure {
        AgentFailure(.transient, code: "service_lost", message: reason)
    }

    // MARK: The stop

    private enum StopAnswer {
        case confirmed
        case notYet
        /// It has no means for it.
        case impossible
    }

    /// Asks until there is a proof.
    ///
    /// - Returns: `nil` when the conversation has ended meanwhile.
    private func stop() async -> HTTPEnding? {
        let isResting = state.withLock { state in
            state.isStopping = true
            return state.isResting
        }
        guard !isResting else { return .stopped(.confirmed) }
        let end = context.deadline?.advanced(by: Self.clockDifference)
        var pause = Self.firstPause
        // Where it has no means to stop. One that has none while the task is not answered may have them at the place
        // that it answers with.
        var refused: Set<OutboundURL?> = []
        while !Task.isCancelled {
            if let end, ContinuousClock.now >= end { return .stopped(.deadline) }
            let place = state.withLock { $0.place }
            if !refused.contains(place) {
                switch await askToStop(at: place, until: end) {
                case .confirmed: return .stopped(.confirmed)
                case .notYet: break
                case .impossible:
                    refused.insert(place)
                    context.logger.warning(
                        "the service cannot be asked to stop: its end or its deadline is waited for"
                    )
                }
            }
            let next = ContinuousClock.now.advanced(by: pause)
            try? await Task.sleep(until: end.map { min($0, next) } ?? next, clock: .continuous)
            pause = min(pause * 2, Self.longestPause)
        }
        return nil
    }

    /// - Parameter place: of the execution, if it is known.
    private func askToStop(
        at place: OutboundURL?, until end: ContinuousClock.Instant?
    ) async -> StopAnswer {
        let request = requests.stop(at: place ?? settings.url, until: end)
        guard let status = try? await client.exchange(request, { $0.head.status }) else {
            return .notYet
        }
        switch status {
        case 200, 204: break
        // What is not there does not run. At the agent's own URL these may mean anything.
        case 404 where place != nil, 410 where place != nil: break
        case 404, 405, 410, 501: return .impossible
        default: return .notYet
        }
        return place != nil || state.withLock { $0.isConversationOver } ? .confirmed : .notYet
    }
}
