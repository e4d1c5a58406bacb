import Foundation
import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct ResearchAgentTests {
    private static let selection = RawJSON(
        #"{"documents":[{"path":"sqlite/wal.html","title":"?","confidence":0.75}]}"#)

    /// The step that gives a session its sources: what is reported must be what the page says.
    @Test func extractsTheDocumentOfARank() async throws {
        let research = try await Research.ofExamples()
        let result = try await research.run(
            "content_extraction", RawJSON(#"{"rank":1}"#), inputs: [Self.selection])
        let document: ExtractedDocument = try result.payload.decode()
        #expect(document.path == "sqlite/wal.html")
        #expect(document.confidence == 0.75)
        #expect(document.passages.count > 60)
        #expect(
            result.findings.sources == [
                Source(
                    locator: "sqlite/wal.html", title: "Write-Ahead Logging", kind: .documentation,
                    confidence: 0.75, authors: [], published: "2018-11-26")
            ])
    }

    /// Plans have as many extractions as documents may be wanted; fewer found is no failure.
    @Test func aRankBeyondTheSelectionIsNull() async throws {
        let research = try await Research.ofExamples()
        let result = try await research.run(
            "content_extraction", RawJSON(#"{"rank":2}"#), inputs: [Self.selection])
        #expect(result == AgentResult())
    }

    /// Searches are no sources yet: a session would count pages that nobody read.
    @Test func searchesReportNoSources() async throws {
        let research = try await Research.ofExamples()
        let result = try await research.run("web_search", RawJSON(#"{"query":"wal"}"#))
        #expect(result.findings.isEmpty)
        let results: SearchResults = try result.payload.decode()
        #expect(results.hits.count == 10)
    }

    /// A mistake in a plan that would pass for a default.
    @Test(arguments: [
        ("web_search", "{}", "missing_parameter"),
        ("web_search", #"{"query":" \n "}"#, "empty_query"),
        ("web_search", #"{"query":7}"#, "invalid_parameter"),
        ("web_search", #"{"query":"x","max_results":0}"#, "invalid_parameter"),
        ("web_search", #"{"query":"x","max_results":51}"#, "invalid_parameter"),
        ("web_search", #"{"query":"x","max_results":1.5}"#, "invalid_parameter"),
        ("web_search", #"{"query":"x","limit":5}"#, "unknown_parameter"),
        ("web_search", "[]", "invalid_parameters"),
        ("web_search", "{", "invalid_parameters"),
        ("source_selection", #"{"max_sources":"x"}"#, "invalid_parameter"),
        ("source_selection", #"{"rank":1}"#, "unknown_parameter"),
        ("content_extraction", "{}", "missing_parameter"),
        ("content_extraction", #"{"rank":0}"#, "invalid_parameter"),
        ("content_extraction", #"{"rank":99999999999999999999}"#, "invalid_parameter"),
        ("content_extraction", #"{"rank":1}"#, "selection_missing"),
        ("web_crawl", "{}", "unsupported_task_type"),
    ])
    func refusesWhatDoesNotFit(_ type: String, _ parameters: String, _ code: String) async throws {
        let research = try await Research.ofExamples()
        #expect(try await research.failure(type, RawJSON(parameters)) == code)
    }

    /// Inputs are bytes from another agent.
    @Test func refusesForeignInputs() async throws {
        let research = try await Research.ofExamples()
        let rank = RawJSON(#"{"rank":1}"#)
        let outside = RawJSON(#"{"documents":[{"path":"../a.txt","title":"","confidence":1}]}"#)
        #expect(
            try await research.failure("content_extraction", rank, inputs: [outside])
                == "path_outside_corpus")
        #expect(
            try await research.failure("content_extraction", rank, inputs: [RawJSON("7")])
                == "undecodable_json")
        #expect(
            try await research.failure("source_selection", .emptyObject, inputs: [RawJSON("{}")])
                == "undecodable_json")
    }

    @Test func selectingFromNothingSelectsNothing() async throws {
        let research = try await Research.ofExamples()
        let result = try await research.run("source_selection", .emptyObject, query: "wal")
        #expect(result.payload.text == #"{"documents":[]}"#)
    }

    /// A worker whose corpus is not there must say so before it takes work.
    @Test func saysHowItIs() async throws {
        let folder = try TemporaryFolder()
        let missing = ResearchAgent(corpus: folder.path + "/corpus", indexDirectory: folder.path)
        let failure = await #expect(throws: AgentFailure.self) { try await missing.initialize() }
        #expect(failure?.code == "corpus_missing")
        #expect(failure?.failureClass == .permanent)
        #expect(await missing.healthCheck() == .unhealthy(reason: "the corpus is not open"))

        try folder.write("Locks keep two writers apart.", to: "corpus/a.txt")
        let research = try await Research(folder)
        #expect(await research.agent.healthCheck() == .healthy)
        try folder.write("Snapshots let readers pass writers.", to: "corpus/b.txt")
        #expect(
            await research.agent.healthCheck()
                == .degraded(
                    reason: "the corpus changed after it was indexed; restart the worker"))
        await research.agent.shutdown()
        #expect(
            try await research.failure("web_search", RawJSON(#"{"query":"x"}"#))
                == "not_initialized")
    }
}
