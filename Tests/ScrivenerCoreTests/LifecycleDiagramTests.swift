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
                "waiting --> skipped", "waiting --> ready", "waiting --> cancelled",
                "waiting --> ready", "ready --> running", "ready --> completed", "ready --> failed",
                "ready --> held",
                "ready --> cancelled", "held --> failed", "held --> ready", "held --> cancelled",
                "running --> completed", "running --> failed",
                "running --> lost", "running --> backing_off", "running --> ready",
                "running --> cancelling", "backing_off --> failed", "backing_off --> ready",
                "backing_off --> cancelled",
                "cancelling --> completed", "cancelling --> failed", "cancelling --> lost",
                "cancelling --> cancelled",
            ])
    }

    /// Over is over: no move leads out of an end.
    @Test func endsAreFinal() {
        let ends: [TaskLifecycle] = [
            .completed(execution: 0), .failed, .cancelled, .skipped, .lost,
        ]
        let moves: [TaskMove] = [
            .dependencyEnded, .dependencyFailed, .joinClosed, .dispatch(execution: 0),
            .hedge(execution: 1), .absorb(execution: 0), .complete(execution: 0), .fail,
            .quarantine,
            .lose, .backOff(until: .zero), .backOffEnded, .requeue, .hold(.sessionPaused), .release,
            .cancel, .stopped,
        ]
        for end in ends { for move in moves { #expect(end.after(move) == nil) } }
    }

    /// Two attempts and no third; each can end beside the other, and a stranger decides nothing.
    @Test func hedgedTasksHaveTwoAttempts() {
        let one = TaskLifecycle.running(LiveAttempts(4))
        let two = TaskLifecycle.running(LiveAttempts(4, hedge: 7))
        #expect(one.after(.hedge(execution: 7)) == two)
        #expect(two.after(.hedge(execution: 9)) == nil)
        #expect(two.after(.absorb(execution: 4)) == .running(LiveAttempts(7)))
        #expect(two.after(.absorb(execution: 7)) == one)
        #expect(one.after(.absorb(execution: 4)) == nil)
        #expect(two.after(.complete(execution: 7)) == .completed(execution: 7))
        #expect(two.after(.complete(execution: 5)) == nil)
        let stopping = TaskLifecycle.cancelling(LiveAttempts(4, hedge: 7))
        #expect(two.after(.cancel) == stopping)
        #expect(stopping.after(.absorb(execution: 4)) == .cancelling(LiveAttempts(7)))
        #expect(stopping.after(.hedge(execution: 9)) == nil)
    }
}
