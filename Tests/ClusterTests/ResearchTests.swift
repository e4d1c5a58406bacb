// From a question to a report, with one command that brings its own cluster: what a newcomer tries
// first.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Research {}
}

extension ClusterTests.Research {
    /// A report whose quotations nobody wrote is worse than none: each has to stand in its source,
    /// word for word. And when it is done nothing may be left running.
    @Test func `A question becomes a report whose evidence stands in its sources`() async throws {
        try await Cluster.run { cluster in
            let question = "How does the keeper of the Velmora lighthouse help ships in fog?"
            let outcome = try await Self.research(question, cluster)

            #expect(outcome.code == 0, "\(outcome)")
            let summary = try RawJSON(outcome.output).value()
            #expect(summary["session_state"]?.stringValue == "completed")
            #expect((summary["sources"]?.integerValue ?? 0) > 0)
            #expect((summary["citations"]?.integerValue ?? 0) > 0)
            let markdown = try cluster.folder.text(of: "report/report.md")
            #expect(markdown.hasPrefix("# \(question)\n"))
            #expect(markdown.contains("rings the bronze bell twice a minute"))
            let html = try cluster.folder.text(of: "report/report.html")
            #expect(html.contains("rings the bronze bell twice a minute"))
            let results = try JSONDecoder().decode(
                SessionResults.self,
                from: Data(try cluster.folder.text(of: "report/results.json").utf8))
            expectCommittedOnce(results.tasks.map(\.task))
            #expect(results.tasks.map(\.task).workers == ["w1", "w2"])
            try Self.expectVerbatim(results, cluster)
            #expect(try await cluster.folder.processes == [])
        }
    }

    /// Asked what it cannot know, it must say so instead of quoting what sounds alike.
    @Test func `A question that the documents do not answer stays open`() async throws {
        try await Cluster.run { cluster in
            let outcome = try await Self.research("Which zebras compose symphonies?", cluster)

            #expect(outcome.code == 0, "\(outcome)")
            let summary = try RawJSON(outcome.output).value()
            #expect(summary["sources"]?.integerValue == 0)
            #expect(summary["insights"]?.integerValue == 0)
            let markdown = try cluster.folder.text(of: "report/report.md")
            #expect(markdown.contains("no answer to the question"))
            #expect(!markdown.contains("Velmora") && !markdown.contains("Ostrel"))
        }
    }

    /// The limits that the command line states have to be those of the agents behind it.
    @Test(arguments: [4, 24])
    func `As few and as many sources as are allowed can be asked for`(count: Int) async throws {
        try await Cluster.run { cluster in
            let outcome = try await Self.research(
                "How is Ostrel bread baked?", cluster, ["--max-sources", "\(count)"])

            #expect(outcome.code == 0, "\(outcome)")
            let sources = try RawJSON(outcome.output).value()["sources"]?.integerValue ?? 0
            #expect((1...Int64(count)).contains(sources))
        }
    }

    private static func research(
        _ question: String, _ cluster: Cluster, _ options: [String] = []
    ) async throws -> CommandOutcome {
        let folder = cluster.folder.path
        try cluster.folder.writeCorpus(to: "corpus")
        let arguments =
            [
                "cluster", "run", "--workers", "2", "--corpus", folder + "/corpus", "--data",
                folder + "/data", "--http-port", "0", "--zmq-port", "0", "--",
                try Program.scrivener.path, "research", question, "--out", folder + "/report",
                "--output", "json",
            ] + options
        return try await CommandOutcome.run(
            try Program.scrivener.path, arguments, environment: cluster.environment)
    }

    private static func expectVerbatim(_ results: SessionResults, _ cluster: Cluster) throws {
        let evidence = results.tasks.flatMap { $0.findings?.insights ?? [] }
            .flatMap(\.supportingEvidence)
        #expect(!evidence.isEmpty)
        for item in evidence {
            let page = try cluster.folder.text(of: "corpus/" + item.source)
            #expect(folded(page).contains(folded(item.quote)), "\(item)")
        }
    }

    /// The text with each run of white space as one space.
    private static func folded(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
