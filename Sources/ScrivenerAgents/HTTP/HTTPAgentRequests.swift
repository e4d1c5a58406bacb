// What a service is sent. `docs/agents/http.md` lists the headers.

import NIOHTTP1
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound
import ScrivenerShell

extension HTTPAgentSettings {
    /// Who asks.
    var keyHeaders: HTTPHeaders {
        guard let key else { return [:] }
        return [keyHeader: keyHeader == "authorization" ? "Bearer \(key.text)" : key.text]
    }
}

/// The requests of one attempt.
struct HTTPAgentRequests: Sendable {
    /// An exchange that takes longer than a day is begun anew.
    private static let longest = Duration.seconds(86_400)
    private static let stopTimeout = Duration.seconds(5)

    private let settings: HTTPAgentSettings
    private let body: [UInt8]
    private let context: AgentContext

    init(_ settings: HTTPAgentSettings, _ task: AgentTask, _ context: AgentContext) {
        self.settings = settings
        self.context = context
        body = ExecRequest.bytes(of: task, context)
    }

    func post() -> OutboundRequest {
        var request = request(.POST, settings.url, timeout: Self.longest)
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "accept", value: "application/json, text/event-stream")
        if let deadline = context.deadline {
            let left = (deadline - ContinuousClock.now) / .seconds(1)
            let end = BootClock.wall.advanced(by: .seconds(left))
            request.headers.add(name: "scrivener-deadline", value: end.description)
        }
        request.body = body
        request.turn = context.attempt - 1
        return request
    }

    func look(at place: OutboundURL, after lastEventID: String?) -> OutboundRequest {
        var request = request(.GET, place, timeout: Self.longest)
        request.headers.add(name: "accept", value: "text/event-stream, application/json")
        if let lastEventID { request.headers.add(name: "last-event-id", value: lastEventID) }
        return request
    }

    /// - Parameter end: when an answer is of no use any more.
    func stop(at place: OutboundURL, until end: ContinuousClock.Instant?) -> OutboundRequest {
        let left = end.map { max(.zero, $0 - ContinuousClock.now) }
        return request(
            .DELETE, place, timeout: min(left ?? Self.stopTimeout, Self.stopTimeout))
    }

    private func request(
        _ method: HTTPMethod, _ url: OutboundURL, timeout: Duration
    ) -> OutboundRequest {
        var headers = settings.keyHeaders
        headers.add(name: "idempotency-key", value: context.idempotencyKey)
        headers.add(name: "scrivener-attempt", value: "\(context.attempt)")
        if let parent = context.traceparent {
            headers.add(name: "traceparent", value: parent)
            if let state = context.tracestate { headers.add(name: "tracestate", value: state) }
        }
        return OutboundRequest(method, url, headers: headers, timeout: timeout)
    }
}
