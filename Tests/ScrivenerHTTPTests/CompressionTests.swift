// What travels compressed, for whom, and what must not. By a client that unpacks, and one that does not.

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import ScrivenerHTTP
import ScrivenerModel
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CompressionTests {
    private static let results = "/v1/sessions/s-1/results"

    private struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]

        var isGzip: Bool { body.starts(with: [0x1F, 0x8B]) }
        func header(_ name: String) -> String? { headers.first(name: name) }
    }

    private static func ask(
        _ server: TestServer, _ path: String = results, method: HTTPMethod = .GET,
        accepting encodings: String? = nil, headers: [(String, String)] = [],
        body: String? = nil, unpacking: Bool = false
    ) async throws -> Answer {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        if unpacking { configuration.decompression = .enabled(limit: .size(1 << 20)) }
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)\(path)")
            request.method = method
            if let encodings { request.headers.add(name: "Accept-Encoding", value: encodings) }
            for (name, value) in headers { request.headers.add(name: name, value: value) }
            if let body { request.body = .bytes(ByteBuffer(string: body)) }
            let response = try await http.execute(request, timeout: .seconds(30))
            let buffer = try await response.body.collect(upTo: 1 << 20)
            return Answer(
                status: Int(response.status.code), headers: response.headers,
                body: Array(buffer.readableBytesView))
        }
    }

    /// A server whose results have some kilobytes of payload.
    private static func serving(
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run { server in
            let words = (0..<2_000).map { "\"word \($0)\"" }.joined(separator: ",")
            await server.gateway.setPayload(RawJSON("[\(words)]"))
            try await body(server)
        }
    }

    @Test(arguments: ["gzip", "x-gzip", "*", "br;q=1, gzip;q=0.5", "deflate, GZIP"])
    func aLargeAnswerIsCompressedForThoseWhoTakeIt(encodings: String) async throws {
        try await Self.serving { server in
            let plain = try await Self.ask(server)
            let packed = try await Self.ask(server, accepting: encodings)
            #expect(packed.status == 200)
            #expect(packed.header("Content-Encoding") == "gzip")
            #expect(packed.header("Content-Type") == "application/json")
            #expect(packed.header("Vary") == "Accept-Encoding")
            #expect(packed.header("Content-Length") == "\(packed.body.count)")
            #expect(packed.isGzip && packed.body.count < plain.body.count / 2)
        }
    }

    /// What comes out is what went in.
    @Test func aClientThatUnpacksReadsTheSameBytes() async throws {
        try await Self.serving { server in
            let plain = try await Self.ask(server)
            let unpacked = try await Self.ask(server, accepting: "gzip", unpacking: true)
            #expect(plain.body.count > 20_000)
            #expect(unpacked.body == plain.body)
        }
    }

    /// Whoever cannot read gzip must not get it; a cache in between has to know that others can.
    @Test(arguments: [
        nil, "", "identity", "br", "gzip;q=0", "*;q=0.0", "gzip;q=much", "*, gzip;q=0",
    ])
    func othersGetItAsItIs(encodings: String?) async throws {
        try await Self.serving { server in
            let answer = try await Self.ask(server, accepting: encodings)
            #expect(answer.header("Content-Encoding") == nil && !answer.isGzip)
            #expect(answer.header("Vary") == "Accept-Encoding")
        }
    }

    @Test func smallAnswersStayAsTheyAre() async throws {
        try await TestServer.run { server in
            for path in ["/healthz", "/metrics", "/v1/sessions/nobody"] {
                let answer = try await Self.ask(server, path, accepting: "gzip")
                #expect(answer.header("Content-Encoding") == nil && !answer.isGzip)
                #expect(answer.header("Vary") == nil)
            }
        }
    }

    /// A hundred mistakes of a plan are a long text as well.
    @Test func problemsAreCompressedToo() async throws {
        try await TestServer.run { server in
            let mistakes = (0..<100).map {
                Mistake(.planOutOfRange, at: "/tasks/\($0)/priority", "is out of range")
            }
            await server.gateway.refuse(
                with: ScrivenerError(.planInvalid, "100 mistakes", mistakes: mistakes))
            let answer = try await Self.ask(server, accepting: "gzip")
            #expect(answer.status == 422 && answer.isGzip)
        }
    }

    /// Otherwise a client that asks how large a download is would be told of another one.
    @Test(arguments: ["gzip", "identity"])
    func headTellsOfWhatGetWouldSend(encodings: String) async throws {
        try await Self.serving { server in
            let got = try await Self.ask(server, accepting: encodings)
            let told = try await Self.ask(server, method: .HEAD, accepting: encodings)
            for name in ["Content-Length", "Content-Encoding", "Content-Type", "Vary"] {
                #expect(told.header(name) == got.header(name), "\(name)")
            }
            #expect(told.body.isEmpty)
        }
    }

    /// An event that waits in a compressor for more to come with it is late.
    @Test func eventsArriveWhenTheyHappen() async throws {
        try await TestServer.run { server in
            try await RawClient.connect(port: server.port) { client in
                try await client.send(
                    "GET /v1/sessions/s-1/events HTTP/1.1\r\nHost: h\r\n"
                        + "Accept-Encoding: gzip\r\n\r\n")
                let head = try await client.read(through: "\r\n\r\n").lowercased()
                #expect(!head.contains("content-encoding"))
                _ = try await client.read(through: "event: progress\n")
                await server.gateway.report(Sample.progress(completed: 1, revision: 2))
                _ = try await client.read(through: "\"completed_tasks\":1")
            }
        }
    }

    /// A page that is opened again costs a question for each file, and no file.
    @Test func theDashboardsFilesAreSentOnce() async throws {
        try await TestServer.run { server in
            let path = "/assets/vendor/d3.min.js"
            let plain = try await Self.ask(server, path)
            let packed = try await Self.ask(server, path, accepting: "gzip")
            #expect(packed.isGzip && packed.body.count < plain.body.count / 2)
            let tags = [plain.header("ETag"), packed.header("ETag")].compactMap(\.self)
            #expect(Set(tags).count == 2)
            let known = "\"other\", W/" + (tags.last ?? "")
            let again = try await Self.ask(
                server, path, accepting: "gzip", headers: [("If-None-Match", known)])
            #expect(again.status == 304 && again.body.isEmpty)
            #expect(again.header("ETag") == tags.last)
            #expect(again.header("Content-Encoding") == nil)
            let other = try await Self.ask(server, path, headers: [("If-None-Match", known)])
            #expect(other.status == 200 && other.body == plain.body)
        }
    }

    /// Bytes that unfold into more than any limit cost their sender nothing: none are unfolded.
    @Test(arguments: ["/v1/sessions", "/v1/sessions/s-1/pause"])
    func aCompressedRequestIsRefused(path: String) async throws {
        try await TestServer.run { server in
            let type = ("Content-Type", "application/json")
            let answer = try await Self.ask(
                server, path, method: .POST, headers: [type, ("Content-Encoding", "gzip")],
                body: "{}")
            #expect(answer.status == 415)
            #expect(answer.header("Accept-Encoding") == "identity")
            #expect(answer.header("Accept") == nil)
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(text.contains(#""code":"unsupported_media_type""#))
            #expect(text.contains(#""pointer":"Content-Encoding""#))
            #expect(text.contains(#""actual":"gzip""#))
            #expect(await server.gateway.submissions.isEmpty)
            #expect(await server.gateway.asked.isEmpty)
            let taken = try await Self.ask(
                server, path, method: .POST, headers: [type, ("Content-Encoding", "Identity")],
                body: "{}")
            #expect((200..<300).contains(taken.status))
        }
    }
}
