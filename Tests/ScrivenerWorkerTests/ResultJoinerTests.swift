// Which results go together, and in which order everything is sent.

import ScrivenerModel
import Testing

@testable import ScrivenerWorker

@Suite struct ResultJoinerTests {
    private static func result(
        _ task: Int32, payload: RawJSON = .null, failure: AgentFailure? = nil, epoch: Int64 = 1
    ) -> WorkerMessage {
        .results(
            ResultBatch(
                epoch: epoch,
                items: [
                    AttemptResult(
                        attempt: AttemptReference(session: 1, task: task, attempt: 1),
                        runTime: .zero, result: AgentResult(payload: payload, failure: failure))
                ]))
    }

    private static func tasks(_ message: WorkerMessage) -> [Int32] {
        guard case .results(let batch) = message else { return [-1] }
        return batch.items.map(\.attempt.task)
    }

    private static func joined(_ messages: [WorkerMessage]) -> [[Int32]] {
        var joiner = ResultJoiner()
        var sent = messages.flatMap { joiner.add($0) }
        if let rest = joiner.finish() { sent.append(rest) }
        #expect(joiner.finish() == nil)
        return sent.map(tasks)
    }

    /// Thousands of tasks of a millisecond: a message each would be most of what the pool does.
    @Test func smallResultsGoTogether() {
        #expect(Self.joined((0..<3).map { Self.result($0) }) == [[0, 1, 2]])
        let many = Self.joined((0..<150).map { Self.result($0) })
        #expect(many.map(\.count) == [64, 64, 22])
        #expect(many.flatMap(\.self) == Array(0..<150))
        #expect(Self.joined([]) == [])
    }

    /// What the machine tells at once is cut up and joined as if it had told it one by one.
    @Test func whatWasToldAtOnceIsCutUp() {
        let large = RawJSON("\"" + String(repeating: "x", count: 4_095) + "\"")
        var items: [AttemptResult] = []
        for task in Int32(0)..<150 {
            guard
                case .results(let batch) = Self.result(task, payload: task == 100 ? large : .null)
            else { continue }
            items += batch.items
        }
        let sent = Self.joined([.results(ResultBatch(epoch: 1, items: items))])
        #expect(sent.map(\.count) == [64, 36, 1, 49])
        #expect(sent.flatMap(\.self) == Array(0..<150))
    }

    /// Together with others a large result might not fit a message, and all of them would be refused.
    @Test func whatMayBeLargeGoesAlone() {
        let large = RawJSON("\"" + String(repeating: "x", count: 4_095) + "\"")
        let failure = AgentFailure(.permanent, code: "c", message: "m")
        #expect(
            Self.joined([
                Self.result(0), Self.result(1, payload: large), Self.result(2), Self.result(3),
                Self.result(4, failure: failure), Self.result(5),
            ]) == [[0], [1], [2, 3], [4], [5]])
    }

    /// A goodbye that overtook results would have their work done again.
    @Test func nothingOvertakesResults() {
        #expect(
            Self.joined([
                Self.result(0), Self.result(1), .draining(epoch: 1), Self.result(2),
                .goodbye(epoch: 1),
            ]) == [[0, 1], [-1], [2], [-1]])
    }

    /// Results of two registrations in one message would be taken for those of the first.
    @Test func epochsStayApart() {
        #expect(Self.joined([Self.result(0), Self.result(1, epoch: 2)]) == [[0], [1]])
    }
}
