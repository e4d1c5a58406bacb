// The routes of version 1. Each reads what it needs from the request, asks the gateway, and says
// the answer in JSON; errors are thrown and become problems in `ProblemMiddleware`. `docs/api.md`
// is this file for people.

import Foundation
import HTTPTypes
import Hummingbird
import ScrivenerModel
import ServiceLifecycle
import Synchronization

struct APIRoutes: Sendable {
    let gateway: any CoordinatorGateway
    let metrics: any MetricsSource
    let guardian: AccessGuard
    let plans: PlanReader
    let keepAlive: Duration
    let waits: StreamCount
    /// The same for those who may only read.
    let readWaits: StreamCount
    let streams: StreamCount
    private let feeds: SessionFeeds
    private let pool: PoolFeeds

    init(
        configuration: HTTPConfiguration, gateway: any CoordinatorGateway,
        metrics: any MetricsSource, guardian: AccessGuard, feeds: SessionFeeds, pool: PoolFeeds
    ) {
        self.gateway = gateway
        self.metrics = metrics
        self.guardian = guardian
        self.plans = PlanReader(configuration)
        self.keepAlive = configuration.keepAlive
        self.waits = StreamCount(limit: configuration.maximumConnections / 4)
        self.readWaits = StreamCount(limit: max(1, configuration.maximumConnections / 8))
        self.streams = StreamCount(limit: configuration.maximumConnections / 2)
        self.feeds = feeds
        self.pool = pool
    }

    var table: RouteTable {
        RouteTable(
            routes: sessionRoutes + sessionViews + sessionControls + poolRoutes + serviceRoutes
                + loginRoutes + mcpRoutes + a2aRoutes + pageRoutes)
    }

    private var sessionRoutes: [Route] {
        [
            Route(.post, "/v1/sessions", .submit) { request, _ in try await submit(request) },
            Route(.get, "/v1/sessions", .read) { request, _ in try await list(request) },
            Route(.get, "/v1/sessions/:session", .read) { _, context in
                try json(await gateway.session(context.id("session")))
            },
        ]
    }

    private var sessionViews: [Route] {
        [
            Route(.get, "/v1/sessions/:session/progress", .read) { _, context in
                try json(await gateway.session(context.id("session")).progress)
            },
            Route(.get, "/v1/sessions/:session/events", .read) { request, context in
                try await events(
                    request, of: context.id("session"), isAllowed: context.isStillAllowed)
            },
            Route(.get, "/v1/sessions/:session/results", .read) { _, context in
                try json(await gateway.results(context.id("session")))
            },
            Route(.get, "/v1/sessions/:session/tasks", .read) { request, context in
                let filter = try TaskFilter(request.uri)
                return try json(await gateway.tasks(context.id("session"), filter))
            },
            Route(.get, "/v1/sessions/:session/tasks/:task/attempts", .read) { _, context in
                try json(
                    await gateway.attempts(
                        of: context.id("task"), in: context.id("session")))
            },
            Route(.get, "/v1/sessions/:session/tasks/:task/log", .read) { request, context in
                try await log(
                    request, session: context.id("session"), task: context.id("task"),
                    isAllowed: context.isStillAllowed)
            },
            Route(.get, "/v1/sessions/:session/tasks/:task/explain", .read) { _, context in
                try json(
                    await gateway.explain(
                        session: context.id("session"), task: context.id("task")))
            },
            Route(.get, "/v1/sessions/:session/diagnostics", .read) { _, context in
                try json(await gateway.diagnostics(context.id("session")))
            },
            Route(.get, "/v1/sessions/:session/callbacks", .read) { _, context in
                try json(await gateway.callbacks(context.id("session")))
            },
        ]
    }

    private var sessionControls: [Route] {
        [
            Route(.post, "/v1/sessions/:session/pause", .submit) { request, context in
                let running = try await ControlBody(request, fields: ["mode"])
                    .word("mode", default: PausedTasks.finish)
                return try json(await gateway.pause(context.id("session"), running: running))
            },
            Route(.post, "/v1/sessions/:session/resume", .submit) { request, context in
                _ = try await ControlBody(request, fields: [])
                return try json(await gateway.resume(context.id("session")))
            },
            Route(.post, "/v1/sessions/:session/priority", .submit) { request, context in
                try await prioritize(request, session: context.id("session"), task: nil)
            },
            Route(.post, "/v1/sessions/:session/tasks/:task/priority", .submit) {
                request, context in
                try await prioritize(
                    request, session: context.id("session"), task: context.id("task"))
            },
            Route(.post, "/v1/sessions/:session/rerun", .submit) { request, context in
                try await rerun(request, context.id("session"))
            },
            Route(.post, "/v1/sessions/:session/cancel", .submit) { _, context in
                try json(await gateway.cancel(context.id("session")), status: .accepted)
            },
        ]
    }

    private var poolRoutes: [Route] {
        [
            Route(.get, "/v1/events", .read) { request, context in
                try await events(request, isAllowed: context.isStillAllowed)
            },
            Route(.get, "/v1/workers", .read) { _, _ in
                try json(WorkerList(workers: await gateway.workers()))
            },
            Route(.post, "/v1/workers/:worker/drain", .admin) { _, context in
                try json(await gateway.drain(worker: context.id("worker")), status: .accepted)
            },
            Route(.get, "/v1/pools", .read) { _, _ in
                try json(WorkerPoolList(pools: await gateway.pools()))
            },
            Route(.get, "/v1/agents", .read) { _, _ in
                try json(AgentList(agents: await gateway.agents()))
            },
            Route(.get, "/v1/agents/:agent/metrics", .read) { request, context in
                let query = try MetricsQuery(request.uri)
                return try json(
                    await gateway.metrics(
                        ofAgent: context.id("agent"), since: query.since, step: query.step))
            },
            Route(.post, "/v1/agents/:agent/execute", .submit) { request, context in
                try await execute(request, on: context.id("agent"))
            },
            Route(.get, "/v1/registry", .read) { _, _ in try json(await gateway.registry()) },
        ]
    }

    private var serviceRoutes: [Route] {
        [
            Route(.get, "/v1/status", .read) { _, _ in try json(await gateway.status()) },
            Route(.post, "/v1/journal/backups", .admin) { _, _ in
                try json(await gateway.backUp(), status: .created)
            },
            Route(.get, "/metrics", .read) { _, _ in await metrics.response() },
            Route(.get, "/healthz", .open) { _, _ in try json(["status": "ok"]) },
            Route(.get, "/readyz", .open) { _, _ in try await readiness() },
            Route(.get, "/openapi.yaml", .read) { _, _ in OpenAPIDocument.response },
        ]
    }

    private var pageRoutes: [Route] {
        [
            Route(.get, "/", .read) { request, _ in
                try DashboardAssets.response(DashboardAssets.page, to: request)
            },
            Route(.get, "/assets/:file", .read) { request, context in
                try DashboardAssets.response(context.id("file"), to: request)
            },
            Route(.get, "/assets/vendor/:file", .read) { request, context in
                try DashboardAssets.response("vendor/" + context.id("file"), to: request)
            },
        ]
    }

    private func submit(_ request: Request) async throws -> Response {
        let key = try idempotencyKey(of: request)
        let wish = waitPreference(of: request)
        let trace = traceContext(of: request)
        let (receipt, end) = try await plans.withPlan(from: request) {
            plan throws(ScrivenerError) in
            // Whoever still sends the plan does not wait yet.
            try await open(waiting: wish) { end throws(ScrivenerError) in
                try await gateway.submit(
                    planJSON: plan, idempotencyKey: key, trace: trace, end: end)
            }
        }
        // Not where the plan's bytes are held: others want to submit meanwhile.
        return try await response(to: receipt, at: end)
    }

    private func rerun(_ request: Request, _ id: String) async throws -> Response {
        let isDryRun = try RerunQuery(request.uri).isDryRun
        let key = try idempotencyKey(of: request)
        let scope = try await ControlBody(request, fields: ["only"])
            .word("only", default: RerunScope.failed)
        guard !isDryRun else { return try json(await gateway.rerunPreview(id, scope)) }
        let (receipt, end) = try await open(waiting: waitPreference(of: request)) {
            end throws(ScrivenerError) in
            try await gateway.rerun(
                id, scope, idempotencyKey: key, trace: traceContext(of: request), end: end)
        }
        return try await response(to: receipt, at: end)
    }

    /// - Parameter wish: for how many seconds the client wants to wait for the session's end.
    private func open(
        waiting wish: Int?,
        _ open: (PendingEnd?) async throws(ScrivenerError) -> SubmissionReceipt
    ) async throws(ScrivenerError) -> (SubmissionReceipt, PendingEnd?) {
        let end = wish.flatMap { waits.begin() ? PendingEnd(patience: $0) : nil }
        do throws(ScrivenerError) {
            return (try await open(end), end)
        } catch {
            if end != nil { waits.end() }
            throw error
        }
    }

    private func response(
        to receipt: SubmissionReceipt, at end: PendingEnd?
    ) async throws -> Response {
        defer { if end != nil { waits.end() } }
        let session =
            if let end { await self.session(receipt.session, at: end) } else { receipt.session }
        var response = try json(session, status: receipt.created ? .created : .ok)
        if let end, let applied = HTTPField.Name("Preference-Applied") {
            response.headers[applied] = "wait=\(end.patience)"
        }
        response.headers[.location] =
            "/v1/sessions/" + percentEncoded(session.sessionID)
        return response
    }

    private func session(
        _ accepted: ResearchSession, at end: PendingEnd
    ) async -> ResearchSession {
        await withGracefulShutdownHandler {
            await end.session(accepted: accepted)
        } onGracefulShutdown: {
            gateway.stopWaiting()
        }
    }

    /// Waits for the end as long as the client prefers, within what may wait at all.
    private func execute(_ request: Request, on agent: String) async throws -> Response {
        let key = try idempotencyKey(of: request)
        let patience = waitPreference(of: request) ?? Self.defaultExecutionWait
        let trace = traceContext(of: request)
        let wanted = try await plans.withPlan(from: request) { body throws(ScrivenerError) in
            try AgentExecutionRequest(agent: agent, body: body)
        }
        guard waits.begin() else {
            throw ScrivenerError(
                .overloaded,
                "\(waits.limit) requests wait for the end of a session, which is "
                    + "the limit", retryAfterSeconds: 1)
        }
        defer { waits.end() }
        let outcome = try await withGracefulShutdownHandler {
            try await gateway.execute(wanted, key: key, trace: trace, patience: patience)
        } onGracefulShutdown: {
            gateway.stopWaiting()
        }
        var response = try json(outcome, status: outcome.status.isTerminal ? .ok : .accepted)
        response.headers[.location] = "/v1/sessions/" + percentEncoded(outcome.sessionID)
        return response
    }

    /// In seconds.
    private static let defaultExecutionWait = 60

    private func list(_ request: Request) async throws -> Response {
        try json(await gateway.sessions(SessionFilter(request.uri)))
    }

    private func events(
        _ request: Request, of id: String, isAllowed: @escaping @Sendable () -> Bool
    ) async throws -> Response {
        let query = try StreamQuery(request, of: .session)
        let format = StreamFormat(for: request)
        let session = try await gateway.session(id)
        guard request.method != .head else {
            return Response(
                status: .ok, headers: EventStream<SessionEvents>.headers(format), body: .init())
        }
        guard streams.begin() else { throw Self.tooManyStreams(streams.limit) }
        let subscription: SessionFeeds.Subscription
        do {
            subscription = try await feeds.subscribe(to: session)
        } catch {
            streams.end()
            throw error
        }
        let output = query.hasLog ? gateway.output : nil
        let listener = output?.add(subscription.waker, session: id)
        let stream = EventStream(
            source: SessionEvents(
                session: session, query: query, subscription: subscription, gateway: gateway,
                output: output?.end(of: id)),
            format: format, keepAlive: keepAlive, isAllowed: isAllowed,
            place: StreamPlace(streams) { [feeds] in
                feeds.leave(subscription)
                if let listener { output?.remove(listener, session: id) }
            })
        return metrics.counting(stream.response(to: request))
    }

    private func events(
        _ request: Request, isAllowed: @escaping @Sendable () -> Bool
    ) async throws -> Response {
        let query = try StreamQuery(request, of: .pool)
        let format = StreamFormat(for: request)
        guard request.method != .head else {
            return Response(
                status: .ok, headers: EventStream<PoolEvents>.headers(format), body: .init())
        }
        guard streams.begin() else { throw Self.tooManyStreams(streams.limit) }
        let subscription = await pool.subscribe()
        // Given up also when the coordinator cannot answer.
        let place = StreamPlace(streams) { [pool] in pool.leave(subscription) }
        let hasBegun = await subscription.feed.hasBegun
        let snapshot = try await gateway.pool()
        let source = PoolEvents(
            query: query, subscription: subscription, gateway: gateway,
            snapshot: hasBegun ? snapshot : nil)
        let stream = EventStream(
            source: source, format: format, keepAlive: keepAlive, isAllowed: isAllowed,
            place: place)
        return metrics.counting(stream.response(to: request))
    }

    static func tooManyStreams(_ limit: Int) -> ScrivenerError {
        ScrivenerError(
            .overloaded, "\(limit) streams of events are open, which is the limit",
            retryAfterSeconds: 5)
    }

    private func prioritize(
        _ request: Request, session: String, task: String?
    ) async throws -> Response {
        let priority = try await ControlBody(request, fields: ["priority"])
            .integer("priority", in: 1...10)
        return try json(
            await gateway.prioritize(session: session, task: task, priority: priority))
    }

    private func readiness() async throws -> Response {
        if await gateway.isReady { return try json(["status": "ready"]) }
        var response = try json(["status": "starting"], status: .serviceUnavailable)
        response.headers[.retryAfter] = "1"
        return response
    }
}

extension RequestContext {
    /// A part of the path, with percent escapes resolved. What cannot be resolved stays as it is,
    /// and names nothing.
    func id(_ parameter: String) -> String {
        let text = parameters.get(parameter) ?? ""
        return text.removingPercentEncoding ?? text
    }
}

private func percentEncoded(_ id: String) -> String {
    id.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? id
}
