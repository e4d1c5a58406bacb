// What a stream of events is made of, and its two forms: server-sent events (the "text/event-stream"
// of the HTML standard) for browsers, and a line of JSON an event (NDJSON) for programs.

import HTTPTypes
import HummingbirdCore
import NIOCore

/// One event. Its data is JSON without line ends.
struct StreamEvent: Sendable, Equatable {
    var name: String
    /// Where a reader goes on that has seen this event; absent where it changes nothing.
    var id: String?
    var data: [UInt8]

    init(_ name: String, id: String? = nil, data: [UInt8]) {
        self.name = name
        self.id = id
        self.data = data
    }

    init(_ name: String, id: String? = nil, _ value: some Encodable) throws {
        self.init(name, id: id, data: Array(try encoded(value)))
    }

    /// The stream breaks off, and its reader is to connect again.
    static func interrupted() throws -> StreamEvent {
        try StreamEvent("interrupted", ["retry_seconds": 1])
    }
}

/// How events are written.
enum StreamFormat: Sendable {
    case serverSentEvents
    case jsonLines

    /// What the client asks for with `Accept`: events, unless it names JSON lines.
    init(for request: Request) {
        let accepted = request.headers[values: .accept].joined(separator: ",").lowercased()
        self = accepted.contains("application/x-ndjson") ? .jsonLines : .serverSentEvents
    }

    var mediaType: String {
        switch self {
        case .serverSentEvents: "text/event-stream"
        case .jsonLines: "application/x-ndjson"
        }
    }

    /// Says nothing, so that nobody between takes the connection for dead.
    var keepAlive: String {
        switch self {
        case .serverSentEvents: ": keep-alive\n\n"
        case .jsonLines: "\n"
        }
    }

    func write(_ event: StreamEvent, to buffer: inout ByteBuffer) {
        switch self {
        case .serverSentEvents:
            buffer.writeString("event: \(event.name)\n")
            if let id = event.id { buffer.writeString("id: \(id)\n") }
            buffer.writeString("data: ")
            buffer.writeBytes(event.data)
            buffer.writeString("\n\n")
        case .jsonLines:
            buffer.writeString("{\"event\":\"\(event.name)\",")
            // An id is of letters, digits and hyphens.
            if let id = event.id { buffer.writeString("\"id\":\"\(id)\",") }
            buffer.writeString("\"data\":")
            buffer.writeBytes(event.data)
            buffer.writeString("}\n")
        }
    }
}
