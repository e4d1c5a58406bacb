// Services in the file of agents.

import Foundation
import ScrivenerModel
import ScrivenerOutbound
import Testing

@testable import ScrivenerAgents

struct HTTPAgentReaderTests {
    private func read(_ text: String) throws -> [AgentDescription] {
        try AgentFile.descriptions(in: Array(text.utf8), isJSON: false)
    }

    private func withKeyFile<Value>(
        _ text: String, mode: Int = 0o600, _ body: (String) throws -> Value
    ) throws -> Value {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "key-\(UUID().uuidString)").path(percentEncoded: false)
        #expect(
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode]))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    @Test func `Every field, and the least that is enough`() throws {
        let plain = HTTPAgentSettings(
            AgentIdentity(name: "plain"), url: try OutboundURL("http://127.0.0.1:9000/"))
        var full = HTTPAgentSettings(
            AgentIdentity(name: "summarise", capabilities: ["summary"], slots: 16),
            url: try OutboundURL("https://agents.example/run?v=1"))
        full.healthURL = try OutboundURL("https://agents.example/health")
        full.key = ServiceKey("s3cret")
        full.keyHeader = "x-api-key"
        full.maximumOutputBytes = 4_096
        full.silence = .seconds(30)
        full.pollInterval = .seconds(0.5)
        full.terminationGrace = .seconds(20)
        let descriptions = try withKeyFile("s3cret\n") { file in
            try read(
                """
                agents:
                  - name: plain
                    http: {url: "http://127.0.0.1:9000"}
                  - name: summarise
                    capabilities: [summary]
                    slots: 16
                    http:
                      url: https://agents.example/run?v=1
                      health_url: https://agents.example/health
                      api_key_file: \(file)
                      api_key_header: X-API-Key
                      max_output_bytes: 4096
                      silence_seconds: 30
                      poll_seconds: 0.5
                      termination_grace_seconds: 20
                """)
        }
        #expect(descriptions == [.http(plain), .http(full)])
    }

    @Test func `All mistakes are told at once, with their places and without secrets`() throws {
        try withKeyFile("s3cret", mode: 0o644) { file in
            let error = try #require(throws: ScrivenerError.self) {
                try read(
                    """
                    agents:
                      - name: wrong
                        http:
                          url: http://user:hidden@agents.example/
                          api_key_file: \(file)
                          api_key_header: Content-Length
                          silence_seconds: 0
                          colour: red
                    """)
            }
            #expect(
                Set(error.mistakes.map(\.path)) == [
                    "/agents/0/http/url", "/agents/0/http/api_key_file",
                    "/agents/0/http/api_key_header", "/agents/0/http/silence_seconds",
                    "/agents/0/http/colour",
                ])
            #expect(!"\(error)".contains("hidden") && !"\(error)".contains("s3cret"))
        }
    }
}
