// What one task's agent says: as it is held, or as a stream.

import HTTPTypes
import Hummingbird
import NIOCore
import ScrivenerModel

extension APIRoutes {
    func log(
        _ request: Request, session: String, task: String,
        isAllowed: @escaping @Sendable () -> Bool
    ) async throws -> Response {
        let query = try LogQuery(request)
        let list = try await gateway.attempts(of: task, in: session)
        guard query.isFollowing else { return try held(list, query, session: session) }
        let format = StreamFormat(for: request)
        guard request.method != .head else {
            return Response(
                status: .ok, headers: EventStream<TaskLogEvents>.headers(format), body: .init())
        }
        guard streams.begin() else { throw Self.tooManyStreams(streams.limit) }
        let following: Following
        do {
            following = list.status.isTerminal ? .over : try await gateway.follow(session)
        } catch {
            streams.end()
            throw error
        }
        let (wakes, waker) = AsyncStream.makeStream(
            of: FeedWake.self, bufferingPolicy: .bufferingNewest(1))
        let output = gateway.output
        let listener = output.add(waker, session: session, task: task)
        let stream = EventStream(
            source: TaskLogEvents(
                sessionID: session, taskID: task, query: query, gateway: gateway,
                reports: following.reports, wakes: wakes, waker: waker),
            format: format, keepAlive: keepAlive, isAllowed: isAllowed,
            place: StreamPlace(streams) { output.remove(listener, session: session) })
        return metrics.counting(stream.response(to: request))
    }

    /// The tail of one attempt as plain text.
    private func held(
        _ list: AttemptList, _ query: LogQuery, session: String
    ) throws -> Response {
        var headers: HTTPFields = [
            .contentType: "text/plain; charset=utf-8", .cacheControl: "no-store",
        ]
        guard let attempt = query.attempt ?? list.attempts.map(\.attempt).max() else {
            return Response(status: .ok, headers: headers)
        }
        guard list.attempts.contains(where: { $0.attempt == attempt }) else {
            throw ScrivenerError(
                .taskNotFound, "task \(list.taskID) has no attempt \(attempt)")
        }
        let part = gateway.output.part(
            of: OutputOrigin(sessionID: session, taskID: list.taskID, attempt: attempt), from: 0,
            limit: .max)
        for (name, value) in [("Attempt", attempt), ("Offset", part?.offset ?? 0)] {
            guard let name = HTTPField.Name("Scrivener-\(name)") else { continue }
            headers[name] = "\(value)"
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: part?.text ?? "")))
    }
}

extension Following {
    /// What comes of it; nothing where it is over.
    var reports: AsyncStream<ProgressReport>? {
        switch self {
        case .open(let reports): reports
        case .over: nil
        }
    }
}
