// One process that serves: what it hears, and the word that ends it.

import ScrivenerAgentKit
import ScrivenerModel

struct ServedProcess: Sendable {
    typealias End = Result<ChildOutcome, any Error>

    let number: Int
    let input: AsyncStream<[UInt8]>
    private let words: AsyncStream<[UInt8]>.Continuation
    /// Ends when the process is to be killed.
    private let life: AsyncStream<Void>
    private let death: AsyncStream<Void>.Continuation

    init(_ number: Int) {
        self.number = number
        (input, words) = AsyncStream.makeStream(of: [UInt8].self)
        (life, death) = AsyncStream.makeStream(of: Void.self)
    }

    func say(_ line: [UInt8]) { words.yield(line) }

    func endInput() { words.finish() }

    func kill() { death.finish() }

    /// - Parameter body: runs it; cancelled when it is to be killed.
    /// - Returns: how it ended, when nothing of it is left.
    func run(_ body: @escaping @Sendable () async throws -> ChildOutcome) async -> End {
        await withTaskGroup(of: End?.self) { group in
            group.addTask {
                do {
                    return .success(try await body())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                for await _ in life {}
                return nil
            }
            var end: End = .failure(CancellationError())
            for await result in group {
                group.cancelAll()
                if let result { end = result }
            }
            return end
        }
    }
}

extension ProcessEnd {
    init(_ end: ServedProcess.End, isSandboxed: Bool) {
        switch end {
        case .success(let outcome):
            var failure = ExecReply.failure(
                of: outcome.ending, within: ChildLimits(), isSandboxed: isSandboxed)
            failure.logTail = outcome.errorTail
            self = .ended(failure)
        case .failure(let failure as AgentFailure) where failure.failureClass == .permanent:
            self = .stopped(failure)
        case .failure(let failure as AgentFailure) where failure.failureClass != .cancelled:
            self = .ended(failure)
        case .failure(let error):
            self = .ended(
                AgentFailure(
                    .transient, code: "signal", message: "it was killed",
                    logTail: (error as? AgentFailure)?.logTail ?? []))
        }
    }
}

/// An attempt that a process serves, on the worker's side.
struct ServedAttempt: Sendable {
    let id: String
    let line: [UInt8]
    let context: AgentContext
    let continuation: CheckedContinuation<ServeMessage.AttemptEnd, Never>

    /// To be called once.
    func end(_ end: ServeMessage.AttemptEnd) { continuation.resume(returning: end) }
}
