// The two streams of a server that is a program: requests go down, and each line that comes up is a message. What a
// server asks of its client is answered at once: it lives, and can do nothing else.

import ScrivenerAgentKit
import ScrivenerInterop
import ScrivenerModel
import Synchronization

/// The way to a server over its standard streams.
final class MCPLine: MCPTransport {
    /// The server is gone, or has said what is no message.
    struct Ended: Error {}

    /// How many requests of a server are answered.
    private static let maximumAnswers = 1_000

    private typealias Waiter = CheckedContinuation<JSONValue, any Error>

    private struct State {
        var lastID: Int64 = 0
        var waiting: [JSONRPCID: Waiter] = [:]
        var hear: (@Sendable (MCPNotification) -> Void)?
        var answers = 0
        var isOver = false
        var breach: AgentFailure?
    }

    private let state = Mutex(State())
    private let input: AsyncStream<[UInt8]>
    private let down: AsyncStream<[UInt8]>.Continuation
    private let maximumLineBytes: Int

    init(maximumLineBytes: Int) {
        self.maximumLineBytes = maximumLineBytes
        (input, down) = AsyncStream.makeStream(of: [UInt8].self)
    }

    /// What the program is run with.
    var conversation: ChildConversation {
        ChildConversation(input: input, maximumLineBytes: maximumLineBytes) { [self] line in
            take(line)
        }
    }

    /// What the server said that it must not, if it did.
    var breach: AgentFailure? { state.withLock { $0.breach } }

    /// Nothing more is said; a server leaves then.
    func close() { down.finish() }

    /// The server is gone: nobody waits any more.
    func end() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for waiter in waiting { waiter.resume(throwing: Ended()) }
    }

    // MARK: Down

    var probeTimeout: Duration? { .seconds(10) }

    func ask(
        _ request: MCPRequest, hear: @escaping @Sendable (MCPNotification) -> Void
    ) async throws -> JSONValue {
        let id = state.withLock { state in
            state.lastID += 1
            state.hear = hear
            return JSONRPCID.number(state.lastID)
        }
        let message = JSONRPCMessage.request(
            id: id, method: request.method, params: request.params)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                guard begin(waiting: waiter, for: id) else {
                    return waiter.resume(throwing: Ended())
                }
                send(message)
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    func tell(_ notification: MCPNotification, in revision: MCPRevision) {
        send(.notification(method: notification.method, params: notification.params))
    }

    private func begin(waiting waiter: Waiter, for id: JSONRPCID) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            state.waiting[id] = waiter
            return true
        }
    }

    /// The server is told, as the protocol has it; whoever waited does so no more.
    private func giveUp(_ id: JSONRPCID) {
        guard let waiter = state.withLock({ $0.waiting.removeValue(forKey: id) }) else { return }
        send(
            .notification(
                method: MCPMethod.cancelled, params: .object([("requestId", id.value)])))
        waiter.resume(throwing: CancellationError())
    }

    private func send(_ message: JSONRPCMessage) { down.yield(message.bytes + [0x0A]) }

    // MARK: Up

    private func take(_ line: [UInt8]) {
        let message: JSONRPCMessage
        do throws(JSONRPCError) {
            message = try JSONRPCMessage(line)
        } catch {
            let shown = String(decoding: line.prefix(200), as: UTF8.self)
            return breakOff(
                MCPFailure.invalid(
                    "the MCP server wrote what is no message (\(error.message)): \(shown)"))
        }
        switch message {
        case .result(let id, let result): answer(id) { $0.resume(returning: result) }
        case .failure(let id?, let error): answer(id) { $0.resume(throwing: error) }
        case .failure(nil, _): break
        case .notification(let method, let params):
            let hear = state.withLock { $0.hear }
            hear?(MCPNotification(method: method, params: params))
        case .request(let id, let method, _): reply(to: id, method)
        }
    }

    /// An answer that nobody waits for any more is passed over.
    private func answer(_ id: JSONRPCID, _ resume: (Waiter) -> Void) {
        guard let waiter = state.withLock({ $0.waiting.removeValue(forKey: id) }) else { return }
        resume(waiter)
    }

    private func reply(to id: JSONRPCID, _ method: String) {
        let mayAnswer = state.withLock { state in
            state.answers += 1
            return state.answers <= Self.maximumAnswers
        }
        guard mayAnswer else { return }
        let isPing = method == MCPMethod.ping
        send(
            isPing
                ? .result(id: id, .object([]))
                : .failure(id: id, JSONRPCError(.methodNotFound, "this client offers nothing")))
    }

    private func breakOff(_ failure: AgentFailure) {
        state.withLock { state in
            if state.breach == nil { state.breach = failure }
        }
        end()
        close()
    }
}
