// The pool as an agent of the Agent2Agent protocol, revision 1.0, in its JSON-RPC binding: a message opens a
// session, and the task that it is there has the session's id.

import HTTPTypes
import Hummingbird
import NIOCore
import ScrivenerInterop
import ScrivenerModel
import ScrivenerSecurity

extension APIRoutes {
    /// Whoever may read may ask; what changes something asks for more.
    var a2aRoutes: [Route] {
        [
            Route(.get, A2AProtocol.cardPath, .read) { request, _ in try await card(request) },
            Route(.post, "/a2a", .read) { request, context in
                try await a2a(request, context)
            },
        ]
    }

    /// How long a request waits for the proof of a cancellation, in seconds.
    private static let cancelPatience = 10

    private func card(_ request: Request) async throws -> Response {
        let scheme = guardian.cookie.isSecure(request) ? "https" : "http"
        let url = "\(scheme)://\(request.head.authority ?? "localhost")/a2a"
        let card = A2ACard.card(
            try await gateway.agents(), url: url, needsToken: guardian.isRequired)
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/json", .cacheControl: "private, max-age=60",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: RawJSON(card).bytes)))
    }

    private func a2a(_ request: Request, _ context: APIContext) async throws -> Response {
        switch try await rpcMessage(from: request, context.caller) {
        case .failure(let error):
            return rpcResponse(.failure(id: nil, error), status: .badRequest)
        case .success(let message?):
            do {
                try Self.checkVersion(request)
                let call = A2ACall(message: message, request: request, context: context)
                return try await answer(message.method, call)
            } catch let failure as A2AFailure {
                return rpcResponse(.failure(id: message.id, failure.error))
            } catch let error as ScrivenerError {
                guard let failure = A2AFailure(error) else { throw error }
                return rpcResponse(.failure(id: message.id, failure.error))
            }
        case .success(nil):
            return rpcResponse(
                .failure(id: nil, JSONRPCError(.invalidRequest, "this is no request")),
                status: .badRequest)
        }
    }

    /// Whoever says nothing means 0.3.
    private static func checkVersion(_ request: Request) throws(A2AFailure) {
        let header = HTTPField.Name(A2AProtocol.versionHeader).flatMap { request.headers[$0] }
        let query = request.uri.queryParameters[A2AProtocol.versionHeader[...]].map(String.init)
        let version = header ?? query ?? "0.3"
        guard version == A2AProtocol.version else {
            throw A2AFailure(
                .versionNotSupported,
                "revision \(version.prefix(32)) is not spoken here; \(A2AProtocol.version) is")
        }
    }

    // MARK: Methods

    private func answer(_ method: String, _ call: A2ACall) async throws -> Response {
        switch method {
        case A2AMethod.send:
            try guardian.require(.submit, of: call.context.caller)
            return try await send(call)
        case A2AMethod.stream:
            try guardian.require(.submit, of: call.context.caller)
            return try await follow(call) { try await open(call) }
        case A2AMethod.subscribe:
            return try await follow(call) {
                let session = try await gateway.session(call.taskID())
                guard !session.status.isTerminal else {
                    throw A2AFailure(
                        .unsupportedOperation, "task \(session.sessionID) has ended")
                }
                return session
            }
        case A2AMethod.get:
            return call.answer(try await task(try await gateway.session(call.taskID())))
        case A2AMethod.cancel:
            try guardian.require(.submit, of: call.context.caller)
            return try await cancel(call)
        case A2AMethod.list, A2AMethod.extendedCard:
            throw A2AFailure(.unsupportedOperation, "\(method) is not offered")
        case let method where A2AMethod.pushNotifications.contains(method):
            throw A2AFailure(
                .pushNotificationNotSupported, "push notifications are not offered")
        default: throw A2AFailure(.methodNotFound, "Method not found: \(method.prefix(128))")
        }
    }

    private func send(_ call: A2ACall) async throws -> Response {
        guard call.params["configuration"]?["returnImmediately"] != .bool(true) else {
            return call.answer(.object([("task", try await accepted(try await open(call)))]))
        }
        // Nothing is accepted where there is no room to wait.
        guard waits.begin() else { throw Self.tooManyStreams(waits.limit) }
        defer { waits.end() }
        let opened = try await open(call)
        call.message.letGoOfParams()
        let session = await end(of: opened, within: maximumWaitSeconds)
        return call.answer(.object([("task", try await accepted(session))]))
    }

    /// Cancels also where there is no room to wait for the proof.
    private func cancel(_ call: A2ACall) async throws -> Response {
        let session = try await gateway.cancel(call.taskID())
        guard waits.begin() else { return call.answer(try await task(session)) }
        defer { waits.end() }
        let ended = await end(of: session, within: Self.cancelPatience)
        return call.answer(try await task(ended))
    }

    private func open(_ call: A2ACall) async throws -> ResearchSession {
        let message = try A2AMessage(call.params)
        if let wish = call.params["configuration"]?["taskPushNotificationConfig"], wish != .null {
            throw A2AFailure(
                .pushNotificationNotSupported, "push notifications are not offered")
        }
        // The same message again is the same task; another one by the same id is another.
        try checkIdempotencyKey(message.id, at: "message.messageId")
        let key = "a2a:" + message.digest
        // Before anything is asked of the pool, whose agents may not be back yet.
        if let known = try await gateway.session(forKey: key) { return known }
        let plan = try message.plan(for: try await gateway.agents())
        return try await gateway.submit(
            planJSON: plan, idempotencyKey: key, trace: traceContext(of: call.request), end: nil
        ).session
    }

    private func task(_ session: ResearchSession) async throws -> JSONValue {
        let results =
            session.status.isTerminal ? try await gateway.results(session.sessionID) : nil
        return try A2ATask.task(session, results: results)
    }

    /// Of a message that was taken on: without its results where they cannot be asked for just now.
    private func accepted(_ session: ResearchSession) async throws -> JSONValue {
        do {
            return try await task(session)
        } catch is ScrivenerError {
            return try A2ATask.task(session)
        }
    }

    /// The session when it has ended, or as it is after so many seconds, or as it was when nobody can be asked any more:
    /// what was accepted is never answered with a refusal. For whoever has a place among those that wait.
    private func end(of session: ResearchSession, within seconds: Int) async -> ResearchSession {
        guard !session.status.isTerminal,
            let following = try? await gateway.follow(session.sessionID)
        else { return session }
        let followed = FollowedSession(
            following, patience: .seconds(seconds),
            teller: A2AProgress(id: .number(0), gateway: gateway, session: session))
        // A coordinator that stops meanwhile has taken it on all the same.
        try? await followed.awaitEnd()
        return (try? await gateway.session(session.sessionID)) ?? session
    }

    private func follow(
        _ call: A2ACall, _ begin: () async throws -> ResearchSession
    ) async throws -> Response {
        guard streams.begin() else { throw Self.tooManyStreams(streams.limit) }
        // Whatever is thrown, it is given up with the last who holds it.
        let place = StreamPlace(streams) {}
        let session = try await begin()
        call.message.letGoOfParams()
        // What was taken on is followed, or told as it is: the client can go on with `SubscribeToTask`.
        let following = (try? await gateway.follow(session.sessionID)) ?? .over
        let stream = EventStream(
            source: FollowedSession(
                following,
                teller: A2AProgress(id: call.id, gateway: gateway, session: session)),
            format: .serverSentEvents, keepAlive: keepAlive,
            isAllowed: call.context.isStillAllowed, place: place)
        return metrics.counting(stream.response(to: call.request))
    }
}

/// A request, with what surrounds it.
private struct A2ACall {
    let message: RPCRequest
    let request: Request
    let context: APIContext

    var id: JSONRPCID { message.id }
    var params: JSONValue { message.params }

    func answer(_ result: JSONValue) -> Response { rpcResponse(.result(id: id, result)) }

    func taskID() throws(A2AFailure) -> String {
        guard let id = params["id"]?.stringValue, !id.isEmpty else {
            throw A2AFailure(at: "id", "is missing")
        }
        return id
    }
}

/// The events of a session: the task, how it goes, what came of it, and how it ended.
private struct A2AProgress: ProgressTelling {
    let id: JSONRPCID
    let gateway: any CoordinatorGateway
    let session: ResearchSession

    private func event(_ result: JSONValue) -> StreamEvent {
        StreamEvent(.result(id: id, result))
    }

    func beginning() throws -> [StreamEvent] {
        [event(.object([("task", try A2ATask.task(session))]))]
    }

    /// The end is told with what came of it.
    func moved(_ report: ProgressReport, from last: ProgressReport?) -> [StreamEvent] {
        let before = last ?? session.progress
        guard !report.status.isTerminal,
            report.status != before.status || report.completedTasks != before.completedTasks
                || report.totalTasks != before.totalTasks
        else { return [] }
        return [event(A2ATask.update(report))]
    }

    func ended() async throws -> [StreamEvent] {
        let now = try await gateway.session(session.sessionID)
        guard now.status.isTerminal else { return [event(A2ATask.update(now))] }
        let artifacts = try A2ATask.artifactUpdates(try await gateway.results(now.sessionID))
        return artifacts.map(event) + [event(A2ATask.update(now))]
    }
}
