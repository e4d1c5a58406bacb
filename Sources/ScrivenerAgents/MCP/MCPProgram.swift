// A server that is a program, over its standard streams: one for each attempt, so that its end is the attempt's.
// When the answer is there its input ends; a server that does not leave then is stopped as every child is, and
// nothing of it lives when the attempt is over.

import ScrivenerAgentKit
import ScrivenerModel

struct MCPProgram: Sendable {
    let command: ChildCommand
    let maximumLineBytes: Int
    /// From its start to the answer.
    let timeout: Duration

    /// What happens to it.
    private enum Part: Sendable {
        case answered(Result<AgentResult, any Error>)
        case ended(Result<ChildOutcome, any Error>)
        /// It has had its time to leave.
        case overdue
    }

    func run(_ call: MCPCall, _ context: AgentContext) async throws -> AgentResult {
        let line = MCPLine(maximumLineBytes: maximumLineBytes)
        let (answer, end) = await withTaskGroup(of: Part.self) { group in
            group.addTask {
                let end = await result { try await context.run(command, line.conversation) }
                line.end()
                return .ended(end)
            }
            group.addTask {
                let answer = await result { try await inTime { try await call.result(over: line) } }
                line.close()
                return .answered(answer)
            }
            return await outcome(of: &group)
        }
        if Task.isCancelled {
            if case .failure(let stopped)? = end { throw stopped }
            throw CancellationError()
        }
        return try Self.result(answer, end, breach: line.breach)
    }

    private func outcome(
        of group: inout TaskGroup<Part>
    ) async -> (Result<AgentResult, any Error>?, Result<ChildOutcome, any Error>?) {
        var answer: Result<AgentResult, any Error>?
        var end: Result<ChildOutcome, any Error>?
        while let part = await group.next() {
            switch part {
            case .answered(let result):
                answer = result
                guard end == nil else { break }
                group.addTask { [grace = command.terminationGrace] in
                    try? await Task.sleep(for: grace)
                    return .overdue
                }
            case .ended(let result):
                end = result
                if answer != nil { group.cancelAll() }
            case .overdue: group.cancelAll()
            }
        }
        return (answer, end)
    }

    private func inTime<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await operation() }
            group.addTask { [timeout] in
                try await Task.sleep(for: timeout)
                throw MCPFailure.late(after: timeout)
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    private func result<Value>(
        _ operation: () async throws -> Value
    ) async -> Result<Value, any Error> {
        do {
            return .success(try await operation())
        } catch {
            return .failure(error)
        }
    }

    // MARK: What it comes to

    /// - Parameter breach: what the server said that is no message.
    private static func result(
        _ answer: Result<AgentResult, any Error>?, _ end: Result<ChildOutcome, any Error>?,
        breach: AgentFailure?
    ) throws -> AgentResult {
        if let breach { throw with(end, breach) }
        switch answer {
        case .success(let result)?: return result
        case .failure(is MCPLine.Ended)?, nil: throw ended(end)
        case .failure(let failure as AgentFailure)?: throw with(end, failure)
        case .failure(let error)?: throw error
        }
    }

    /// It left before it had answered.
    private static func ended(_ end: Result<ChildOutcome, any Error>?) -> any Error {
        switch end {
        case .success(let outcome)?:
            let how =
                switch outcome.ending {
                case .exited(let code): "with code \(code)"
                case .signalled(let signal): "by signal \(signal)"
                }
            return AgentFailure(
                .transient, code: "mcp_server_ended",
                message: "the MCP server ended \(how), without an answer",
                logTail: outcome.errorTail)
        case .failure(let error)?: return error
        case nil:
            return AgentFailure(
                .transient, code: "mcp_server_ended", message: "the MCP server ended")
        }
    }

    private static func with(
        _ end: Result<ChildOutcome, any Error>?, _ failure: AgentFailure
    ) -> AgentFailure {
        var failure = failure
        switch end {
        case .success(let outcome)?: failure.logTail = outcome.errorTail
        case .failure(let stopped as AgentFailure)?: failure.logTail = stopped.logTail
        case .failure?, nil: break
        }
        return failure
    }
}
