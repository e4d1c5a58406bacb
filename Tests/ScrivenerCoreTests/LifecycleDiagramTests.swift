// The diagram in the documentation is the table in the code.

import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct LifecycleDiagramTests {
    /// A diagram that nobody generates is wrong after the second change.
    @Test func theDocumentShowsTheTable() throws {
        let page = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/architecture.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let begin = try #require(text.range(of: "<!-- lifecycle -->"))
        let end = try #require(text.range(of: "<!-- /lifecycle -->"))
        let block = text[begin.upperBound..<end.lowerBound]
            .trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(block == "```mermaid\n\(TaskLifecycleDiagram.mermaid)\n```")
    }

    /// What the states' comments say, and what nobody may add by accident.
    @Test func theMovesThatThereAre() {
        let arrows = TaskLifecycleDiagram.mermaid.split(separator: "\n").dropFirst().map {
            $0.trimmingCharacters(in: .whitespaces).prefix { $0 != ":" }
        }
        #expect(
            arrows == [
                "waiting --> skipped", "waiting --> cancelled", "waiting --> ready",
                "ready --> running", "ready --> cancelled", "running --> completed",
                "running --> failed", "running --> backing_off", "running --> ready",
                "running --> cancelling", "backing_off --> ready", "backing_off --> cancelled",
                "cancelling --> completed", "cancelling --> failed", "cancelling --> cancelled",
            ])
    }

    /// Over is over: no move leads out of an end.
    @Test func endsAreFinal() {
        let ends: [TaskLifecycle] = [.completed(execution: 0), .failed, .cancelled, .skipped]
        let moves: [TaskMove] = [
            .dependencyEnded, .dependencyFailed, .dispatch(execution: 0), .complete, .fail,
            .backOff(until: .zero), .backOffEnded, .requeue, .cancel, .stopped,
        ]
        for end in ends { for move in moves { #expect(end.after(move) == nil) } }
    }
}
