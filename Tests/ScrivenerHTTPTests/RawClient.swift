// A client that speaks bytes over a real socket: what a route answers is looked at as it travels,
// and a connection can be broken off in the middle, which no HTTP library offers.

import NIOCore
import NIOPosix

struct RawResponse: Sendable, Equatable {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: String
}

struct RawClientError: Error {
    var message: String
}

/// One connection.
struct RawConnection: ~Copyable {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    /// All that came and has not been taken.
    private var received = ""

    fileprivate init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// Ends what is sent, as a client does that goes away in an orderly manner.
    func finishSending() { outbound.finish() }

    /// Everything up to and including the text.
    mutating func read(through text: String) async throws -> String {
        while true {
            if let found = received.firstRange(of: text) {
                let taken = String(received[..<found.upperBound])
                received.removeSubrange(..<found.upperBound)
                return taken
            }
            guard let more = try await inbound.next() else {
                throw RawClientError(message: "the connection ended after: \(received)")
            }
            received += String(buffer: more)
        }
    }

    mutating func readToEnd() async throws -> String {
        while let more = try await inbound.next() { received += String(buffer: more) }
        return received
    }
}

enum RawClient {
    /// - Parameter bytes: how much the system keeps that has come and was not read; as it likes when absent.
    static func connect<Result: Sendable>(
        port: Int, receiveBufferBytes bytes: Int? = nil,
        _ body: (inout RawConnection) async throws -> Result
    ) async throws -> Result {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
        if let bytes {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: bytes)
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(inbound.makeAsyncIterator(), outbound)
            return try await body(&connection)
        }
    }

    /// One request on a connection of its own.
    static func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil,
        port: Int
    ) async throws -> RawResponse {
        var head = "\(method) \(path) HTTP/1.1\r\nConnection: close\r\n"
        if headers["Host"] == nil { head += "Host: localhost\r\n" }
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            head += "\(name): \(value)\r\n"
        }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        let request = head + "\r\n" + (body ?? "")
        return try await connect(port: port) { connection in
            try await connection.send(request)
            return try response(from: try await connection.readToEnd())
        }
    }

    static func response(from text: String) throws -> RawResponse {
        guard let end = text.firstRange(of: "\r\n\r\n") else {
            throw RawClientError(message: "no response head in: \(text)")
        }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1, let status = Int(words[1]) else {
            throw RawClientError(message: "no status line in: \(text)")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        return RawResponse(status: status, headers: headers, body: String(text[end.upperBound...]))
    }
}
