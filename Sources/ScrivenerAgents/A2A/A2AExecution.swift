// One attempt at another agent: a message that opens a task there, its events or looks at it until it is over, and
// when the attempt is cancelled the same for the task there. Cancelled is what the other agent has confirmed, or
// what it knows nothing of; until then the attempt goes on. So none of this is cancelled with the task around it:
// a cancellation is something that happens in it.

import Logging
import ScrivenerAgentKit
import ScrivenerInterop
import ScrivenerModel
import Synchronization

final class A2AExecution: Sendable {
    /// Between two tries to reach an agent that is to confirm something.
    private static let longestPause = Duration.seconds(5)

    private struct State {
        var task = A2ARemoteTask()
        var isCancelled = false
        /// Whether the other agent has been asked to cancel.
        var isAsked = false
    }

    private let client: A2AClient
    private let settings: A2AAgentSettings
    private let context: AgentContext
    private let message: JSONValue
    private let state = Mutex(State())

    init(
        _ client: A2AClient, _ settings: A2AAgentSettings, _ task: AgentTask,
        _ context: AgentContext
    ) throws(AgentFailure) {
        self.client = client
        self.settings = settings
        self.context = context
        message = try A2AOutgoingMessage.message(
            task, context, withInputs: settings.sendsInputs)
    }

    func result() async throws -> AgentResult {
        try Task.checkCancellation()
        let (cancels, canceller) = AsyncStream.makeStream(of: Void.self)
        let result = await withTaskCancellationHandler {
            // Not cancelled with the task around it, and awaited at once.
            await Task { await run(cancels) }.value
        } onCancel: {
            canceller.finish()
        }
        try Task.checkCancellation()
        return try result.get()
    }

    private func run(_ cancels: AsyncStream<Void>) async -> Result<AgentResult, any Error> {
        await withTaskGroup(of: Result<AgentResult, any Error>?.self) { group in
            group.addTask { await self.outcome() }
            group.addTask {
                for await _ in cancels {}
                // Also when all is over, and nobody has cancelled.
                guard !Task.isCancelled else { return nil }
                await self.cancel()
                // Also where a stream that is still open does not say so.
                return await self.hasEnded() ? .failure(CancellationError()) : nil
            }
            var result: Result<AgentResult, any Error>?
            while result == nil, let part = await group.next() { result = part }
            group.cancelAll()
            return result ?? .failure(CancellationError())
        }
    }

    // MARK: The task there

    private func outcome() async -> Result<AgentResult, any Error> {
        do {
            let card = try await client.card()
            do {
                try await open(card)
                try await follow(card)
            } catch {
                try await leave(card, after: error)
            }
            let task = state.withLock { $0.task }
            // It would wait for somebody for ever.
            if task.needsSomebody, let id = task.id {
                _ = try? await client.ask(card, A2AMethod.cancel, [("id", .string(id))])
            }
            return .success(try task.result(maximumBytes: settings.maximumOutputBytes))
        } catch let error as JSONRPCError {
            return .failure(Self.failure(error))
        } catch {
            return .failure(error)
        }
    }

    /// What the attempt has begun there is not over, and it cannot go on: it is cancelled there. Whoever is
    /// cancelled here waits for that.
    private func leave(_ card: A2ARemoteCard, after error: any Error) async throws {
        let (task, isCancelled) = state.withLock { ($0.task, $0.isCancelled) }
        guard let id = task.id, !task.isOver else { throw error }
        guard !isCancelled else { return try await follow(card) }
        _ = try? await client.ask(card, A2AMethod.cancel, [("id", .string(id))])
        // Cancelled just when it had failed: whoever is cancelled waits for the proof.
        guard !state.withLock({ $0.isCancelled }) else { return try await follow(card) }
        throw error
    }

    /// Goes on with the task that an attempt before this one has opened, where there is one that may still come to
    /// something; opens one otherwise.
    private func open(_ card: A2ARemoteCard) async throws {
        if let kept = context.previousCheckpoint,
            let known = try await look(card, at: String(decoding: kept, as: UTF8.self)),
            takeIfAlive(known)
        {
            try context.checkpoint(kept)
            context.emit("goes on with the task of the attempt before\n")
            return
        }
        guard !state.withLock({ $0.isCancelled }) else { throw CancellationError() }
        if card.isStreaming {
            do {
                try await client.follow(card, A2AMethod.stream, [("message", message)]) {
                    try await self.hear($0)
                }
            } catch let error as AgentFailure
                where isKnown && error.failureClass == .transient
            {
                // The task goes on there; it is looked at.
                context.logger.info(
                    "the stream of another agent has ended early",
                    metadata: ["error": "\(error.message)"])
            }
        } else {
            let configuration = JSONValue.object([("returnImmediately", .bool(true))])
            _ = try await hear(
                try await client.ask(
                    card, A2AMethod.send,
                    [("message", message), ("configuration", configuration)],
                    timeout: settings.timeout))
        }
    }

    /// - Returns: a task of an attempt before this one; `nil` where the agent says that there is no such task to be
    ///   had.
    /// - Throws: `AgentFailure` where it says nothing: that task may run, and another one must not run beside it.
    private func look(_ card: A2ARemoteCard, at id: String) async throws -> JSONValue? {
        do {
            return try await client.ask(card, A2AMethod.get, [("id", .string(id))])
        } catch let error as JSONRPCError {
            guard error.known != .internalError else { throw error }
            return nil
        } catch let failure as AgentFailure where failure.failureClass != .transient {
            return nil
        }
    }

    private var isKnown: Bool { state.withLock { $0.task.id != nil } }

    private func takeIfAlive(_ value: JSONValue) -> Bool {
        var task = A2ARemoteTask()
        do throws(AgentFailure) {
            try task.take(task: value)
        } catch {
            return false
        }
        guard !task.isOver || task.state == .completed else { return false }
        let known = task
        state.withLock { $0.task = known }
        return true
    }

    /// - Returns: whether more is to come.
    private func hear(_ response: JSONValue) async throws -> Bool {
        let (before, task) = try state.withLock { state in
            let before = state.task
            try state.task.take(response, maximumBytes: settings.maximumOutputBytes)
            return (before, state.task)
        }
        if before.id == nil, let id = task.id { try context.checkpoint(Array(id.utf8)) }
        if !task.message.isEmpty, task.message != before.message {
            context.progress(0, task.message)
        }
        if case .object? = response["artifactUpdate"] {
            let parts = response["artifactUpdate"]?["artifact"]?["parts"]?.arrayValue ?? []
            context.emit(A2ARemoteTask.text(of: parts))
        }
        return !task.isOver
    }

    /// Looks at the task until it is over. An agent that cannot be reached for a moment is asked again; one that
    /// is to confirm a cancellation, until it does.
    private func follow(_ card: A2ARemoteCard) async throws {
        var pause = settings.pollInterval
        var failures = 0
        while true {
            let (task, isCancelled) = state.withLock { ($0.task, $0.isCancelled) }
            guard !task.isOver, let id = task.id else {
                guard task.isOver else { throw A2ARemoteTask.invalid("it told of no task") }
                return
            }
            try await Task.sleep(for: pause)
            do {
                let value = try await client.ask(card, A2AMethod.get, [("id", .string(id))])
                _ = try await hear(.object([("task", value)]))
                failures = 0
                pause = settings.pollInterval
            } catch let error as JSONRPCError
                where error.code == A2AErrorCode.taskNotFound.rawValue
            {
                // What is not there does not run.
                throw isCancelled ? CancellationError() as any Error : Self.failure(error)
            } catch {
                failures += 1
                let isPassing = (error as? AgentFailure)?.failureClass == .transient
                guard isCancelled || isPassing && failures < 5 else { throw error }
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    // MARK: Cancellation

    /// Asks the other agent to cancel, as soon as there is something to be cancelled, until it has heard it. That
    /// the task has ended is seen by whoever follows it.
    private func cancel() async {
        state.withLock { $0.isCancelled = true }
        var pause = Duration.milliseconds(200)
        while !Task.isCancelled {
            if let id = state.withLock({ $0.task.id }), await isHeard(id) { return }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Looks at a task that is being cancelled until it is over.
    private func hasEnded() async -> Bool {
        do {
            try await follow(try await client.card())
            return true
        } catch {
            return error is CancellationError && !Task.isCancelled
        }
    }

    private func isHeard(_ id: String) async -> Bool {
        do {
            let card = try await client.card()
            let task = try await client.ask(card, A2AMethod.cancel, [("id", .string(id))])
            _ = try await hear(.object([("task", task)]))
            return true
        } catch let error as JSONRPCError where error.known != .internalError {
            // It has ended, is not there, or cannot be cancelled: whoever follows it sees which.
            return true
        } catch {
            context.logger.warning(
                "another agent has not heard that its task is cancelled",
                metadata: ["task": "\(id)", "error": "\(error)"])
            return false
        }
    }

    private static func failure(_ error: JSONRPCError) -> AgentFailure {
        let known = A2AErrorCode(rawValue: error.code)
        let failureClass: FailureClass =
            switch (error.known, known) {
            case (.invalidParams?, _), (_, .contentTypeNotSupported?): .invalidInput
            case (.internalError?, _), (nil, nil), (_, .taskNotFound?): .transient
            default: .permanent
            }
        return AgentFailure(
            failureClass, code: "a2a_error",
            message: "the agent answered \(error.code): " + error.message.beginning(ofBytes: 800))
    }
}
