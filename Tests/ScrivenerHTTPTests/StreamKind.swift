// The streams of events, as far as they are alike: that of a session and that of the pool.

import ScrivenerHTTP
import ScrivenerModel

enum StreamKind: CaseIterable {
    case session
    case pool

    var path: String {
        switch self {
        case .session: "/v1/sessions/s-1/events"
        case .pool: "/v1/events"
        }
    }

    func request(query: String = "", headers: String = "") -> String {
        "GET \(path)\(query) HTTP/1.1\r\nHost: h\r\n\(headers)\r\n"
    }

    /// What a reader has to have read to be told of all that happens from then on.
    var ready: String {
        switch self {
        case .session: "event: progress"
        case .pool: "event: snapshot"
        }
    }

    /// What the coordinator is asked when the first reader comes.
    var question: String {
        switch self {
        case .session: "follow s-1"
        case .pool: "follow the pool"
        }
    }

    /// Something happens that readers are told of with the event `news`.
    func happen(in gateway: FakeGateway) async {
        switch self {
        case .session:
            await gateway.report(
                Sample.progress(completed: 1, revision: 4),
                ends: [TaskChange(taskID: "a", status: .completed)])
        case .pool: await gateway.happen(.session(.opened, id: "a", nil))
        }
    }

    var news: String {
        switch self {
        case .session: "event: task"
        case .pool: "event: session"
        }
    }

    /// Queries that mean nothing here.
    var wrongQueries: [String] {
        switch self {
        case .session:
            [
                "?since=17", "?since=A-1", "?since=a-+1", "?since=a-99999999999999999999",
                "?events=some", "?from=1",
            ]
        case .pool:
            [
                "?since=17", "?since=mk2x9f-4", "?since=3f9a1c22-1-2-3-a",
                "?since=3f9a1c22-1-2-3--4", "?events=task", "?status=open",
            ]
        }
    }
}
