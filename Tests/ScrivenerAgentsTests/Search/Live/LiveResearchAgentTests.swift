// The first half of a research session over a network: services and pages on this machine, and none of the
// addresses that a page must not make a worker ask.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound
import TestSupport
import Testing

@testable import ScrivenerAgents

struct LiveResearchAgentTests {
    private static let question = "How does a write-ahead log survive a crash?"

    /// Names that all stand for this machine, as far as `localhost` is allowed.
    private struct LocalNames: NameResolver {
        func addresses(of host: String) async throws -> [HostAddress] {
            host == "metadata.example"
                ? [HostAddress(bytes: [169, 254, 169, 254], text: "169.254.169.254")]
                : [HostAddress(bytes: [127, 0, 0, 1], text: "127.0.0.1")]
        }

        func close() {}
    }

    /// - Parameter allowsLocal: whether pages on this machine may be read.
    private static func settings(
        _ server: LocalServer, allowsLocal: Bool = true
    ) throws -> LiveSearchSettings {
        var settings = LiveSearchSettings()
        settings.contact = "https://example.org/bot"
        settings.searxng = LiveSearchSettings.SearXNG(
            url: try OutboundURL(server.url("/searxng", host: "search.example")),
            categories: ["general"], interval: .zero)
        settings.arxiv = LiveSearchSettings.ArXiv(
            url: try OutboundURL(server.url("/arxiv")), interval: .zero)
        settings.openalex = LiveSearchSettings.OpenAlex(
            url: try OutboundURL(server.url("/openalex")), key: ServiceKey("k1"), interval: .zero)
        settings.webSearch = [.searxng]
        settings.academicSearch = [.arxiv, .openalex]
        settings.pages.interval = .zero
        if allowsLocal, let range = AddressRange("127.0.0.1") {
            settings.pages.allowedAddresses = [range]
        }
        return settings
    }

    private func run(
        _ agent: LiveResearchAgent, _ type: String, _ parameters: RawJSON,
        inputs: [RawJSON] = [], session: String = "s"
    ) async throws -> AgentResult {
        let task = AgentTask(
            sessionID: session, query: Self.question, taskID: "t", taskType: type,
            parameters: parameters,
            inputs: inputs.map { AgentInput(taskID: "i", taskType: "any", payload: $0) })
        let context = AgentContext(
            attempt: 1, idempotencyKey: "k", deadline: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in }
        return try await agent.execute(task, context: context)
    }

    /// An agent and its services, for the time of a test.
    private func withAgent<Value: Sendable>(
        _ change: @Sendable (inout LiveSearchSettings) -> Void = { _ in },
        allowsLocal: Bool = true, answering answer: @escaping LocalServer.Answer,
        _ body: (LiveResearchAgent, LocalServer) async throws -> Value
    ) async throws -> Value {
        try await LocalServer.run(answering: answer) { server in
            var settings = try Self.settings(server, allowsLocal: allowsLocal)
            change(&settings)
            let agent = LiveResearchAgent(settings, resolver: LocalNames())
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(agent, server))
            } catch {
                result = .failure(error)
            }
            await agent.shutdown()
            return try result.get()
        }
    }

    /// All that a session needs, in one server.
    private static func world(
        _ request: LocalRequest, _ connection: LocalConnection
    ) async throws {
        let host = request.headers["host"] ?? ""
        switch request.path.split(separator: "?").first ?? "" {
        case "/searxng/search":
            let port = host.split(separator: ":").last ?? ""
            try await connection.answer(
                200,
                ServiceFixtures.searxng([
                    "http://one.example:\(port)/wal", "http://one.example:\(port)/gone",
                ]))
        case "/arxiv":
            try await connection.answer(
                200, type: "application/atom+xml; charset=utf-8", ServiceFixtures.arxiv)
        case "/openalex": try await connection.answer(200, ServiceFixtures.openAlex)
        case "/wal":
            try await connection.answer(
                200, type: "text/html; charset=utf-8", ServiceFixtures.page)
        default: try await connection.answer(404)
        }
    }

    // MARK: A session

    /// What is reported and quoted is what was fetched, word by word.
    @Test func `A search finds, a selection chooses, and the page is read`() async throws {
        try await withAgent(answering: Self.world) { agent, server in
            #expect(
                agent.capabilities == [
                    "academic_search", "web_search", "source_selection", "content_extraction",
                ])
            let search = try await run(
                agent, "web_search", RawJSON(#"{"query": "write-ahead log crash"}"#))
            #expect(search.findings.isEmpty)
            let results: SearchResults = try search.payload.decode()
            #expect(results.hits.count == 2)
            #expect(results.hits[0].confidence > 0)
            let request = try #require(server.requests.first)
            #expect(
                request.path
                    == "/searxng/search?q=write-ahead%20log%20crash&format=json&categories=general")
            #expect(request.headers["user-agent"]?.hasSuffix("(+https://example.org/bot)") == true)

            let selection = try await run(
                agent, "source_selection", RawJSON(#"{"max_sources": 4}"#),
                inputs: [search.payload])
            let extraction = try await run(
                agent, "content_extraction", RawJSON(#"{"rank": 1}"#), inputs: [selection.payload])
            let document: ExtractedDocument = try extraction.payload.decode()
            #expect(document.path == "http://one.example:\(server.port)/wal")
            #expect(document.authors == ["Cleo Example"])
            #expect(document.published == "2022-03-04")
            #expect(
                document.passages.map(\.text).contains(
                    "A write-ahead log makes every change durable before it is applied to the "
                        + "database itself."))
            #expect(document.confidence > 0.5)
            #expect(
                extraction.findings.sources == [
                    Source(
                        locator: document.path, title: "Write-ahead logging",
                        kind: document.kind, confidence: document.confidence,
                        authors: ["Cleo Example"], published: "2022-03-04")
                ])
        }
    }

    /// Catalogues give abstracts; the same work in two of them is one.
    @Test func `Papers come from both catalogues, and are quoted from their abstracts`()
        async throws
    {
        try await withAgent(answering: Self.world) { agent, server in
            let search = try await run(
                agent, "academic_search", RawJSON(#"{"query": "write-ahead log"}"#))
            let results: SearchResults = try search.payload.decode()
            #expect(
                results.hits.map(\.path) == [
                    "http://arxiv.org/abs/2301.00001v2", "https://example.org/paper",
                ])
            let paths = server.requests.map(\.path).joined(separator: "\n")
            #expect(paths.contains("search_query=all%3A%22write%22%20OR%20all%3A%22ahead%22"))
            #expect(paths.contains("api_key=k1"))

            let selection = try await run(
                agent, "source_selection", .emptyObject, inputs: [search.payload])
            let extraction = try await run(
                agent, "content_extraction", RawJSON(#"{"rank": 1}"#), inputs: [selection.payload])
            let document: ExtractedDocument = try extraction.payload.decode()
            #expect(document.path == "http://arxiv.org/abs/2301.00001v2")
            #expect(document.kind == .academicPaper)
            #expect(document.authors == ["Ada Example", "Bo Muster"])
            #expect(
                document.passages.map(\.text) == [
                    "A write-ahead log makes changes durable before they are applied. "
                        + "We measure what recovery costs."
                ])
        }
    }

    @Test func `A service that fails is done without, unless it is the only one`() async throws {
        try await withAgent(answering: { request, connection in
            guard request.path.hasPrefix("/openalex") else {
                return try await connection.answer(503)
            }
            try await Self.world(request, connection)
        }) { agent, _ in
            let search = try await run(
                agent, "academic_search", RawJSON(#"{"query": "write-ahead log"}"#))
            let results: SearchResults = try search.payload.decode()
            #expect(results.hits.count == 2)
            let failure = await #expect(throws: AgentFailure.self) {
                try await run(agent, "web_search", RawJSON(#"{"query": "log"}"#))
            }
            #expect(failure?.failureClass == .transient)
        }
    }

    /// In a URL a letter of another script is six characters, and URLs have a limit.
    @Test func `A long question in another script is searched for`() async throws {
        let query = String(repeating: "журнал ", count: 60)
        try await withAgent(answering: Self.world) { agent, server in
            let search = try await run(agent, "web_search", RawJSON(#"{"query": "\#(query)"}"#))
            let results: SearchResults = try search.payload.decode()
            #expect(results.hits.count == 2)
            #expect(server.requests.first?.path.contains("q=%D0%B6%D1%83%D1%80") == true)
        }
    }

    @Test func `A rank beyond the selection is null`() async throws {
        try await withAgent(answering: Self.world) { agent, _ in
            let result = try await run(
                agent, "content_extraction", RawJSON(#"{"rank": 7}"#),
                inputs: [RawJSON(#"{"documents": []}"#)])
            #expect(result == AgentResult())
        }
    }

    /// Tasks of one session, one page: its host is asked once.
    @Test func `What was fetched for a session is not fetched for it again`() async throws {
        try await withAgent(answering: Self.world) { agent, server in
            let selection = RawJSON(
                #"{"documents": [{"path": "\#(server.url("/wal"))", "title": "", "confidence": 1}]}"#
            )
            for session in ["s", "s", "other"] {
                _ = try await run(
                    agent, "content_extraction", RawJSON(#"{"rank": 1}"#), inputs: [selection],
                    session: session)
            }
            #expect(server.requests.map(\.path) == ["/robots.txt", "/wal", "/robots.txt", "/wal"])
        }
    }

    // MARK: What pages may not do

    private func extractionFailure(
        of place: @Sendable (LocalServer) -> String, allowsLocal: Bool = true,
        _ change: @Sendable (inout LiveSearchSettings) -> Void = { _ in },
        answering answer: @escaping LocalServer.Answer
    ) async throws -> (AgentFailure, [LocalRequest]) {
        try await withAgent(change, allowsLocal: allowsLocal, answering: answer) { agent, server in
            let selection = RawJSON(
                #"{"documents": [{"path": "\#(place(server))", "title": "", "confidence": 1}]}"#)
            let failure = await #expect(throws: AgentFailure.self) {
                try await run(
                    agent, "content_extraction", RawJSON(#"{"rank": 1}"#), inputs: [selection])
            }
            return (try #require(failure), server.requests)
        }
    }

    /// SSRF: a result, or a payload that somebody made up, that names a service within the network.
    @Test func `A page on a private address is not fetched, by whatever name`() async throws {
        for host in ["127.0.0.1", "inside.example", "metadata.example"] {
            let (failure, requests) = try await extractionFailure(
                of: { $0.url("/wal", host: host) }, allowsLocal: false, answering: Self.world)
            #expect(failure.code == "address_refused")
            #expect(failure.failureClass == .permanent)
            #expect(requests.isEmpty)
        }
    }

    @Test func `A page that redirects to a private address is not read`() async throws {
        let (failure, requests) = try await extractionFailure(of: { $0.url("/start") }) {
            request, connection in
            guard request.path == "/start" else { return try await connection.answer(404) }
            try await connection.answer(
                302, headers: ["location": "http://metadata.example/latest/meta-data/"])
        }
        #expect(failure.code == "address_refused")
        #expect(requests.map(\.path) == ["/robots.txt", "/start"])
    }

    @Test func `What a host asks robots not to fetch is not fetched`() async throws {
        let (failure, requests) = try await extractionFailure(of: { $0.url("/wal") }) {
            request, connection in
            guard request.path == "/robots.txt" else {
                return try await Self.world(request, connection)
            }
            try await connection.answer(
                200, type: "text/plain", "User-agent: *\nDisallow: /wal\n")
        }
        #expect(failure.code == "robots_refused")
        #expect(requests.map(\.path) == ["/robots.txt"])
    }

    @Test(arguments: [
        ("application/pdf", "%PDF-1.7", "document_unsupported"),
        ("text/html", "<html><body></body></html>", "document_empty"),
        ("text/plain", "\u{0}", "document_not_text"),
    ])
    func `What cannot be read is told`(type: String, body: String, code: String) async throws {
        let (failure, _) = try await extractionFailure(of: { $0.url("/page") }) {
            request, connection in
            guard request.path == "/page" else { return try await connection.answer(404) }
            try await connection.answer(200, type: type, body)
        }
        #expect(failure.code == code)
        #expect(failure.failureClass == .permanent)
    }

    @Test func `A page that is too large is not read`() async throws {
        let (failure, _) = try await extractionFailure(
            of: { $0.url("/wal") }, { $0.pages.maximumBytes = 100 }, answering: Self.world)
        #expect(failure.code == "answer_too_large")
    }

    /// What pages are limited to says nothing of services, nor of what hosts ask of robots.
    @Test func `Small pages may be searched for all the same`() async throws {
        let robots = "User-agent: *\nDisallow: /wal\n" + String(repeating: "#\n", count: 100)
        let answer: LocalServer.Answer = { request, connection in
            guard request.path == "/robots.txt" else {
                return try await Self.world(request, connection)
            }
            try await connection.answer(200, type: "text/plain", robots)
        }
        try await withAgent({ $0.pages.maximumBytes = 100 }, answering: answer) { agent, _ in
            let search = try await run(agent, "web_search", RawJSON(#"{"query": "log crash"}"#))
            let results: SearchResults = try search.payload.decode()
            #expect(results.hits.count == 2)
        }
        let (failure, _) = try await extractionFailure(
            of: { $0.url("/wal") }, { $0.pages.maximumBytes = 100 }, answering: answer)
        #expect(failure.code == "robots_refused")
    }

    // MARK: Manners

    @Test func `Requests to one host keep their distance`() async throws {
        let pacer = HostPacer()
        let start = ContinuousClock.now
        for _ in 1...3 { try await pacer.turn(at: "a", interval: .milliseconds(100)) }
        try await pacer.turn(at: "b", interval: .milliseconds(100))
        #expect(ContinuousClock.now - start >= .milliseconds(200))
    }

    /// A queue that nobody outlives is worse than another try later.
    @Test func `Whoever would wait too long is to come again`() async throws {
        let pacer = HostPacer()
        try await pacer.turn(at: "a", interval: .seconds(86_400))
        let failure = await #expect(throws: AgentFailure.self) {
            try await pacer.turn(at: "a", interval: .seconds(86_400))
        }
        #expect(failure?.failureClass == .transient)
        #expect(failure?.code == "host_busy")
    }
}
