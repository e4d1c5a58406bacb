// How commands connect, and how they submit.

import Foundation
import ScrivenerClient
import ScrivenerModel

extension APIClient {
    static let maximumResubmissions = 5
    /// How long a stream of events may be away before it is given up.
    static let streamPatience = Duration.seconds(60)

    /// Connects for the time that `body` runs.
    static func connected<Result>(
        to address: CoordinatorAddress, access: ClientAccess = .anonymous,
        _ body: (APIClient) async throws -> Result
    ) async throws -> Result {
        try await connected(
            to: address, as: "scrivener/\(Scrivener.version)", access: access, body)
    }

    /// Opens a session. Sent again when the answer is lost on the way: the key sees to it that
    /// only one session is opened.
    ///
    /// - Parameters:
    ///   - key: Says which submission this is; one of its own when absent.
    ///   - seconds: How long the answer may wait for the session's end.
    func submit(
        _ plan: PlanDocument, key: String? = nil, waitingSeconds seconds: Int? = nil
    ) async throws -> Answer<ResearchSession> {
        let key = key ?? Self.randomKey()
        return try await resending {
            try await open(
                plan: plan.bytes, contentType: plan.format.contentType, key: key,
                waitingSeconds: seconds, headers: Self.traceHeaders)
        }
    }

    /// Runs a session that has ended again. Sent again as a submission is.
    func rerun(
        _ id: String, _ scope: RerunScope, key: String? = nil
    ) async throws -> Answer<ResearchSession> {
        let key = key ?? Self.randomKey()
        return try await resending {
            try await openRerun(id, scope, key: key, headers: Self.traceHeaders)
        }
    }

    /// Whoever runs this within a trace says so in the environment; the session then belongs to the same.
    private static var traceHeaders: [(name: String, value: String)] {
        let environment = ProcessInfo.processInfo.environment
        guard
            let context = environment["TRACEPARENT"].flatMap({
                TraceContext(traceparent: $0, tracestate: environment["TRACESTATE"] ?? "")
            })
        else { return [] }
        return [
            (name: "traceparent", value: context.traceparent),
            (name: "tracestate", value: context.tracestate),
        ].filter { !$0.value.isEmpty }
    }

    /// Sends what opens a session, and sends it again when the answer is lost on the way: it bears a key.
    private func resending<Value>(_ send: () async throws -> Value) async throws -> Value {
        var generator = SystemRandomNumberGenerator()
        var backoff = ReconnectBackoff(budget: nil)
        while true {
            do {
                return try await send()
            } catch let error as APIError where error.isPassing {
                // Refused from the first: nobody is there, and no answer was lost.
                if case .broken = error {} else if backoff.attempts == 0 { throw error }
                guard backoff.attempts < Self.maximumResubmissions,
                    let wait = backoff.next(outage: .zero, using: &generator)
                else { throw error }
                try await Task.sleep(for: wait)
            }
        }
    }
}
