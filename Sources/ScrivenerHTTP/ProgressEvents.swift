// A session's progress as server-sent events (the "text/event-stream" of the HTML standard).
//
// Two tasks feed an outbox, one from the gateway and one from the clock; the response's own task
// empties it into the socket. The outbox holds one report, the newest, so a slow client sees fewer
// of them and costs no memory. The stream ends after the terminal report, when the client goes
// away, or when the coordinator shuts down; in the last case without an `end` event, so that a
// client knows to come back.

import Hummingbird
import NIOCore
import ScrivenerModel
import ServiceLifecycle

struct ProgressEvents: Sendable {
    let reports: AsyncStream<ProgressReport>
    let keepAlive: Duration

    func response(to request: Request) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store",
                .connection: "close",
            ],
            body: ResponseBody { writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await write(to: &writer)
                }
                try await writer.finish(nil)
            })
    }

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        let outbox = Outbox()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await report in reports.cancelOnGracefulShutdown() { await outbox.put(report) }
                await outbox.finish()
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: keepAlive)
                    await outbox.putKeepAlive()
                }
            }
            for await _ in outbox.wakes {
                let contents = await outbox.take()
                let text = try contents.text()
                if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
                if contents.isLast { break }
            }
            group.cancelAll()
        }
    }
}

/// What is still to be written.
private actor Outbox {
    struct Contents: Sendable {
        var report: ProgressReport?
        var keepAliveIsDue = false
        var isFinished = false

        var isLast: Bool { isFinished || report?.status.isTerminal == true }

        func text() throws -> String {
            guard let report else { return keepAliveIsDue ? ": keep-alive\n\n" : "" }
            let progress = try event("progress", report, id: report.revision)
            guard report.status.isTerminal else { return progress }
            let end = End(sessionID: report.sessionID, status: report.status)
            return progress + (try event("end", end, id: report.revision))
        }

        private func event(_ name: String, _ data: some Encodable, id: Int64) throws -> String {
            let line = String(decoding: try encoded(data), as: UTF8.self)
            return "event: \(name)\nid: \(id)\ndata: \(line)\n\n"
        }
    }

    /// The data of the event `end`.
    struct End: Encodable {
        var sessionID: String
        var status: SessionStatus

        enum CodingKeys: String, CodingKey {
            case status
            case sessionID = "session_id"
        }
    }

    private var contents = Contents()
    /// One element for any number of changes since the last `take`.
    nonisolated let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init() {
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func put(_ report: ProgressReport) {
        contents.report = report
        waker.yield()
    }

    func putKeepAlive() {
        contents.keepAliveIsDue = true
        waker.yield()
    }

    func finish() {
        contents.isFinished = true
        waker.yield()
    }

    func take() -> Contents {
        let taken = contents
        contents = Contents(isFinished: taken.isFinished)
        return taken
    }
}
