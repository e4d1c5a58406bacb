// What a session takes over from the one that it runs again, as bytes: results in columns, as many as the
// other session had tasks.

import ScrivenerCore
import ScrivenerModel

extension ByteWriter {
    mutating func rerun(_ rerun: SessionRerun) {
        signed(rerun.session)
        string(rerun.of)
        count(rerun.additions.count)
        for addition in rerun.additions { graphExtension(addition) }
        reused(rerun.reused)
    }

    private mutating func reused(_ results: [ReusedResult]) {
        count(results.count)
        deltaColumn(results.lazy.map(\.task))
        signedColumn(results.lazy.map(\.attempt))
        signedColumn(results.lazy.map(\.worker))
        signedColumn(results.lazy.map(\.agent))
        deltaColumn(results.lazy.map(\.dispatchedAt.millisecondsSince1970))
        deltaColumn(results.lazy.map(\.endedAt.millisecondsSince1970))
        signedColumn(results.lazy.map(\.runTime.nanoseconds))
        signedColumn(results.lazy.map(\.summary.sources))
        signedColumn(results.lazy.map(\.summary.insights))
        var predictor = HandlePredictor()
        for result in results {
            flag(result.summary.hasFinalDocument)
            predictor.write(result.record, to: &self)
        }
    }
}

extension ByteReader {
    mutating func rerun() throws(JournalDecodingError) -> SessionRerun {
        let session = try signed()
        let id = try string()
        var additions: [GraphExtension] = []
        for _ in 0..<(try count()) { additions.append(try graphExtension()) }
        return SessionRerun(
            session: session, of: id, additions: additions, reused: try reusedResults())
    }

    private mutating func reusedResults() throws(JournalDecodingError) -> [ReusedResult] {
        let count = try count()
        let tasks = try deltaColumn(count, of: Int32.self)
        let attempts = try signedColumn(count, of: Int32.self)
        let workers = try signedColumn(count, of: Int32.self)
        let agents = try signedColumn(count, of: Int32.self)
        let dispatched = try deltaColumn(count, of: Int64.self)
        let ended = try deltaColumn(count, of: Int64.self)
        let runTimes = try signedColumn(count, of: Int64.self)
        let sources = try signedColumn(count, of: Int32.self)
        let insights = try signedColumn(count, of: Int32.self)
        var predictor = HandlePredictor()
        var results: [ReusedResult] = []
        results.reserveCapacity(count)
        for index in 0..<count {
            let hasFinalDocument = try flag()
            results.append(
                ReusedResult(
                    task: tasks[index], attempt: attempts[index], worker: workers[index],
                    agent: agents[index],
                    dispatchedAt: WallTime(millisecondsSince1970: dispatched[index]),
                    endedAt: WallTime(millisecondsSince1970: ended[index]),
                    runTime: TimeSpan(nanoseconds: runTimes[index]),
                    record: try predictor.read(from: &self),
                    summary: FindingsSummary(
                        sources: sources[index], insights: insights[index],
                        hasFinalDocument: hasFinalDocument)))
        }
        return results
    }
}
