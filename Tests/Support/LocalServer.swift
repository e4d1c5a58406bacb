// A server on this machine that answers as a test says, byte by byte: what well-behaved servers cannot be made to
// say is what clients have to survive.

import NIOCore
import NIOPosix
import Synchronization

/// What a client asked.
package struct LocalRequest: Sendable {
    package var method: String
    /// With its query.
    package var path: String
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// A connection of a client.
package struct LocalConnection: Sendable {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    init(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) { self.outbound = outbound }

    /// Sends bytes as they are.
    package func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// Sends a whole answer.
    package func answer(
        _ status: Int = 200, type: String = "application/json",
        headers: [String: String] = [:], _ body: String = ""
    ) async throws {
        let fields = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }
        try await send(
            "HTTP/1.1 \(status) Status\r\ncontent-type: \(type)\r\n"
                + "content-length: \(body.utf8.count)\r\n" + fields.joined() + "\r\n" + body)
    }

    /// Begins a stream of server-sent events, which ends with the connection.
    package func beginEvents() async throws {
        try await send(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
    }

    package func event(_ name: String, _ data: String, id: String? = nil) async throws {
        try await send((id.map { "id: \($0)\n" } ?? "") + "event: \(name)\ndata: \(data)\n\n")
    }
}

/// Ends the connection, instead of another request being waited for.
package struct HangUp: Error {
    package init() {}
}

/// The server.
package final class LocalServer: Sendable {
    package typealias Answer = @Sendable (LocalRequest, LocalConnection) async throws -> Void

    package let port: Int
    private let taken = Mutex<[LocalRequest]>([])

    private init(port: Int) { self.port = port }

    /// What was asked so far.
    package var requests: [LocalRequest] { taken.withLock { $0 } }

    package func url(_ path: String = "/", host: String = "127.0.0.1") -> String {
        "http://\(host):\(port)\(path)"
    }

    /// Serves while `body` runs.
    ///
    /// - Parameter answer: answers one request; when it throws, the connection is closed.
    @discardableResult package static func run<Value: Sendable>(
        answering answer: @escaping Answer, _ body: (LocalServer) async throws -> Value
    ) async throws -> Value {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        let server = LocalServer(port: listener.channel.localAddress?.port ?? 0)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.executeThenClose { clients in
                    try await withThrowingDiscardingTaskGroup { tasks in
                        for try await client in clients {
                            tasks.addTask { try? await server.serve(client, answer) }
                        }
                    }
                }
            }
            defer { group.cancelAll() }
            return try await body(server)
        }
    }

    private func serve(
        _ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ answer: Answer
    ) async throws {
        try await client.executeThenClose { inbound, outbound in
            let connection = LocalConnection(outbound)
            var bytes: [UInt8] = []
            for try await piece in inbound {
                bytes += piece.readableBytesView
                while let request = Self.takeRequest(from: &bytes) {
                    taken.withLock { $0.append(request) }
                    try await answer(request, connection)
                }
            }
        }
    }

    /// The first request in the bytes, once it is whole.
    private static func takeRequest(from bytes: inout [UInt8]) -> LocalRequest? {
        let end = Array("\r\n\r\n".utf8)
        guard
            let head = bytes.indices.first(where: { bytes[$0...].starts(with: end) })
        else { return nil }
        let lines = String(decoding: bytes[..<head], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        let fields = lines.dropFirst().compactMap { line in
            line.firstIndex(of: ":").map { colon in
                (
                    line[..<colon].lowercased(),
                    String(line[line.index(after: colon)...].drop { $0 == " " })
                )
            }
        }
        let headers = Dictionary(fields) { first, _ in first }
        let start = head + end.count
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard bytes.count >= start + length else { return nil }
        let body = Array(bytes[start..<start + length])
        bytes.removeFirst(start + length)
        return LocalRequest(
            method: String(words[0]), path: String(words[1]), headers: headers, body: body)
    }
}
