// Asks an endpoint and reads its answer while it is written. What may be better the next time is asked for
// again within the attempt, after a pause: the endpoint's own (`Retry-After`), or exponential with full jitter (M.
// Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015). What does not fit into the attempt's
// time is left to the pool, which tries again later or elsewhere.

import NIOHTTP1
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound

/// One endpoint's client, for as many attempts at once as there are.
final class ModelClient: Sendable {
    /// A pause that is longer is the pool's.
    static let maximumPause = Duration.seconds(60)
    private static let healthTimeout = Duration.seconds(5)

    let settings: ModelEndpointSettings
    private let chat: OutboundURL
    private let models: OutboundURL
    private let outbound: OutboundClient

    /// - Throws: `ScrivenerError` of code `configuration_invalid` when the URL is none.
    init(_ settings: ModelEndpointSettings) throws(ScrivenerError) {
        self.settings = settings
        let base = settings.url.hasSuffix("/") ? String(settings.url.dropLast()) : settings.url
        do {
            chat = try OutboundURL(base + "/chat/completions")
            models = try OutboundURL(base + "/models")
        } catch {
            throw ScrivenerError(.configurationInvalid, "\(error)")
        }
        var limits = OutboundSettings()
        limits.idleTimeout = settings.idleTimeout
        limits.timeout = settings.timeout
        // Of a stream each word has an envelope of some hundred bytes.
        limits.maximumBodyBytes = settings.maximumOutputBytes * 100 + 1 << 20
        limits.maximumEventBytes = settings.maximumOutputBytes * 6 + 64 << 10
        limits.keptHosts = 1
        // The operator wrote the URL: servers of models on this machine or in its network are the rule.
        outbound = OutboundClient(limits, reaching: .any)
    }

    func shutdown() async { await outbound.shutdown() }

    // MARK: Answers

    /// Asks for an answer.
    ///
    /// - Parameter say: told what the model says, as it says it.
    /// - Throws: `AgentFailure`, and `CancellationError`: the connection is closed by then.
    func complete(
        _ request: ChatRequest, until deadline: ContinuousClock.Instant?,
        say: @escaping @Sendable (String) -> Void
    ) async throws -> ChatReply {
        let body = request.bytes(for: settings)
        var tries = 0
        while true {
            tries += 1
            let problem: ModelProblem
            do {
                return try await ask(body, turn: tries - 1, say)
            } catch let error as ModelProblem {
                problem = error
            }
            let pause = problem.retryAfter ?? Self.pause(after: tries)
            let isInTime = deadline.map { ContinuousClock.now.advanced(by: pause) < $0 } ?? true
            guard problem.failure.failureClass == .transient, tries < settings.maximumTries,
                pause <= Self.maximumPause, isInTime
            else { throw problem.failure }
            if problem.hasBegun { say("\n[the answer broke off and is asked for again]\n") }
            try await Task.sleep(for: pause)
        }
    }

    /// 0.5 s, 1 s, 2 s, … 8 s, each cut by chance.
    private static func pause(after tries: Int) -> Duration {
        .seconds(Double.random(in: 0...min(8, 0.5 * Double(1 << min(tries - 1, 10)))))
    }

    private func ask(
        _ body: [UInt8], turn: Int, _ say: @escaping @Sendable (String) -> Void
    ) async throws -> ChatReply {
        var request = OutboundRequest(.POST, chat, headers: headers, body: body)
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "accept", value: "text/event-stream, application/json")
        request.turn = turn
        let limit = settings.maximumOutputBytes
        let key = settings.key
        do {
            return try await outbound.exchange(request) { stream in
                try await ModelAnswerReader.read(
                    &stream, maximumBytes: limit, withholding: key, say: say)
            }
        } catch let error as OutboundError {
            throw ModelProblem(error.agentFailure)
        } catch let error as ModelProblem {
            throw error.withholding(key)
        }
    }

    private var headers: HTTPHeaders {
        var headers = HTTPHeaders()
        if let key = settings.key {
            headers.add(name: "authorization", value: "Bearer \(key.text)")
        }
        return headers
    }

    // MARK: Health

    /// How the endpoint is, by its list of models.
    func condition() async -> AgentCondition {
        let request = OutboundRequest(
            .GET, models, headers: headers, timeout: Self.healthTimeout)
        do {
            let status = try await outbound.exchange(request) { $0.head.status }
            return switch status {
            case 401, 403: .unhealthy(reason: "the endpoint refuses the key")
            case 500...599: .degraded(reason: "the endpoint answers \(status)")
            // Not every gateway has such a list.
            default: .healthy
            }
        } catch {
            return .unhealthy(reason: "\(models): \(error)")
        }
    }
}

/// A failure, with what is known about trying again.
struct ModelProblem: Error {
    var failure: AgentFailure
    var retryAfter: Duration?
    /// Whether something was said that somebody may have seen.
    var hasBegun = false

    init(_ failure: AgentFailure, retryAfter: Duration? = nil, hasBegun: Bool = false) {
        self.failure = failure
        self.retryAfter = retryAfter
        self.hasBegun = hasBegun
    }

    /// Servers quote keys that they refuse.
    func withholding(_ key: ServiceKey?) -> ModelProblem {
        guard let key else { return self }
        var problem = self
        problem.failure.message = key.withheld(from: failure.message)
        return problem
    }
}
