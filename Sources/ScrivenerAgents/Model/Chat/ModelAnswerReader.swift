// Reads what an endpoint answers, whichever form it chooses: some answer a request for a stream with one document.

import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound

enum ModelAnswerReader {
    private static let maximumErrorBytes = 16 << 10

    /// - Parameter key: what of a refusal is told to nobody.
    /// - Throws: `ModelProblem`, `OutboundError`, and `CancellationError`.
    static func read(
        _ stream: inout OutboundStream, maximumBytes: Int, withholding key: ServiceKey?,
        say: @Sendable (String) -> Void
    ) async throws -> ChatReply {
        guard stream.head.isSuccess else { throw try await problem(&stream, key) }
        guard stream.head.mediaType == "application/json" else {
            return try await events(&stream, maximumBytes: maximumBytes, say: say)
        }
        // The text may be escaped, and has an envelope.
        let document = try await bytes(&stream, atMost: maximumBytes * 6 + 64 << 10)
        do throws(AgentFailure) {
            let reply = try ChatReplyBuilder.reply(document: document, maximumBytes: maximumBytes)
            if !reply.text.isEmpty { say(reply.text) }
            return reply
        } catch {
            throw ModelProblem(error)
        }
    }

    private static func events(
        _ stream: inout OutboundStream, maximumBytes: Int, say: @Sendable (String) -> Void
    ) async throws -> ChatReply {
        var builder = ChatReplyBuilder(maximumBytes: maximumBytes)
        do {
            while !builder.isDone, let event = try await stream.nextEvent() {
                let said = try builder.take(event: Array(event.data.utf8))
                if !said.isEmpty { say(said) }
            }
            return try builder.reply()
        } catch let failure as AgentFailure {
            throw ModelProblem(failure, hasBegun: builder.hasBegun)
        } catch let error as OutboundError {
            throw ModelProblem(error.agentFailure, hasBegun: builder.hasBegun)
        }
    }

    private static func problem(
        _ stream: inout OutboundStream, _ key: ServiceKey?
    ) async throws -> ModelProblem {
        let head = stream.head
        // What is longer is no message for people.
        var body = (try? await bytes(&stream, atMost: maximumErrorBytes)) ?? []
        try Task.checkCancellation()
        // Before it is shortened: half a key that a cut leaves would not be known for one.
        if let key {
            body = Array(key.withheld(from: String(decoding: body, as: UTF8.self)).utf8)
        }
        let failure =
            head.agentFailure(detail: ModelErrorText.message(ofBody: body))
            ?? ModelFailure.garbage("the endpoint answered \(head.status)")
        return ModelProblem(failure, retryAfter: head.retryAfter?.duration)
    }

    private static func bytes(
        _ stream: inout OutboundStream, atMost limit: Int
    ) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await stream.nextBytes() {
            bytes += piece
            guard bytes.count <= limit else {
                throw ModelProblem(ModelFailure.tooLarge("more than \(limit) bytes"))
            }
        }
        return bytes
    }
}
