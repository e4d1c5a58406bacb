// Reads what a service answers: a result, a stream of events, the state of an execution, or a refusal.

import NIOHTTP1
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound

struct HTTPReplyReader: Sendable {
    /// Of a refusal's body.
    private static let maximumProblemBytes = 64 << 10

    let settings: HTTPAgentSettings
    let context: AgentContext
    /// Told of each event, with its id.
    let heard: @Sendable (String?) -> Void

    // MARK: The answer to a task

    func reply(toPost stream: inout OutboundStream) async throws -> HTTPReply {
        let head = stream.head
        guard head.isSuccess else {
            if head.status == 429 || head.status == 503, let again = head.retryAfter {
                return .busy(await refusal(&stream), again: again.duration)
            }
            // Of what a gateway says the service itself may know nothing.
            let isOver = ![408, 502, 503, 504].contains(head.status)
            return .ended(.failed(await refusal(&stream), isOver: isOver))
        }
        if head.mediaType == "text/event-stream" { return try await events(&stream) }
        if head.status == 202 { return accepted(head) }
        return ended(try await stream.rest(upTo: settings.maximumOutputBytes))
    }

    private func accepted(_ head: OutboundHead) -> HTTPReply {
        guard let place = head.headers.first(name: "location"),
            let url = try? settings.url.resolving(place), url.origin == settings.url.origin
        else {
            let failure = ResultDocument.invalid(
                "a 202 needs a Location of the same origin as \(settings.url)")
            return .ended(.failed(failure, isOver: false))
        }
        return .accepted(at: url)
    }

    private func ended(_ result: [UInt8]) -> HTTPReply {
        do {
            return .ended(
                .completed(try ResultDocument.read(result, limit: settings.maximumOutputBytes)))
        } catch {
            return .ended(.failed(error, isOver: true))
        }
    }

    // MARK: The answer to a look

    func reply(toLook stream: inout OutboundStream) async throws -> HTTPReply {
        let head = stream.head
        let again = head.retryAfter?.duration
        switch head.status {
        case 200..<300 where head.mediaType == "text/event-stream":
            return try await events(&stream)
        case 200..<300:
            let bytes = try await stream.rest(upTo: settings.maximumOutputBytes + 64 << 10)
            heard(nil)
            return state(bytes, again: again)
        case 404, 410:
            let failure = AgentFailure(
                .transient, code: "execution_lost",
                message: "the service knows nothing of the execution any more")
            return .ended(.failed(failure, isOver: true))
        case 408, 425, 429, 500...599: return .unavailable(again: again)
        default: return .ended(.failed(await refusal(&stream), isOver: false))
        }
    }

    private func state(_ bytes: [UInt8], again: Duration?) -> HTTPReply {
        let value: RawJSON
        do {
            value = try ResultDocument.json(bytes)
        } catch {
            return .ended(.failed(error, isOver: false))
        }
        let members = ResultDocument.members(of: value) ?? [:]
        switch text(members["state"]) {
        case "running":
            tellProgress(members)
            return .running(again: again)
        case "completed": return ended(members["result"]?.bytes ?? RawJSON.null.bytes)
        case "failed":
            return .ended(
                .failed(failure(members["error"], or: "the service failed"), isOver: true))
        case "cancelled": return .ended(.stopped(.confirmed))
        default:
            let failure = ResultDocument.invalid(
                "state must be running, completed, failed or cancelled")
            return .ended(.failed(failure, isOver: false))
        }
    }

    // MARK: Events

    private func events(_ stream: inout OutboundStream) async throws -> HTTPReply {
        while let event = try await stream.nextEvent() {
            heard(event.id)
            let data = RawJSON(event.data)
            switch event.name {
            case "progress": tellProgress(ResultDocument.members(of: data) ?? [:])
            case "output":
                if let text = text(ResultDocument.members(of: data)?["text"]) {
                    context.emit(text)
                }
            case "checkpoint":
                if (try? JSONReader.validate(data.bytes)) != nil {
                    try? context.checkpoint(data.bytes)
                }
            case "result": return ended(data.bytes)
            case "failure":
                return .ended(.failed(failure(data, or: "the service failed"), isOver: true))
            case "cancelled": return .ended(.stopped(.confirmed))
            // What services will say one day is for those who know it.
            default: continue
            }
        }
        return .cut
    }

    private func tellProgress(_ members: [String: RawJSON]) {
        guard let fraction = (try? members["fraction"]?.value())?.doubleValue else { return }
        context.progress(fraction, text(members["message"]) ?? "")
    }

    private func text(_ value: RawJSON?) -> String? { (try? value?.value())?.stringValue }

    // MARK: Failures

    /// What a service says of a task that it refuses: `error` in a JSON body, as in a failed state, or a problem
    /// of RFC 9457.
    private func refusal(_ stream: inout OutboundStream) async -> AgentFailure {
        let head = stream.head
        // What it says is welcome, and not needed.
        let body = (try? await stream.rest(upTo: Self.maximumProblemBytes)) ?? []
        let members = ResultDocument.members(of: RawJSON(body)) ?? [:]
        let detail = text(members["detail"]) ?? text(members["title"]) ?? ""
        let byStatus =
            head.agentFailure(detail: withheld(detail))
            ?? ResultDocument.invalid("answered \(head.status)")
        guard let error = members["error"] else { return byStatus }
        return failure(error, or: byStatus.message, byStatus.failureClass, byStatus.code)
    }

    /// - Parameters:
    ///   - json: `class`, `code` and `message`, each of which may be missing.
    ///   - fallback: the message without one.
    private func failure(
        _ json: RawJSON?, or fallback: String, _ failureClass: FailureClass = .transient,
        _ code: String = "service_failed"
    ) -> AgentFailure {
        let members = json.flatMap { ResultDocument.members(of: $0) } ?? [:]
        let named: FailureClass? =
            switch text(members["class"]) {
            case "transient": .transient
            case "permanent": .permanent
            case "invalid_input": .invalidInput
            default: nil
            }
        let message = text(members["message"]) ?? fallback
        return AgentFailure(
            named ?? failureClass,
            code: String((text(members["code"]) ?? code).beginning(ofBytes: 128)),
            // In this order: half a key that a cut leaves would not be known for one.
            message: String(withheld(message).beginning(ofBytes: 2_000)))
    }

    private func withheld(_ text: String) -> String {
        settings.key?.withheld(from: text) ?? text
    }
}
