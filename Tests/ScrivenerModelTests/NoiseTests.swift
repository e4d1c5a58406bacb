// Nothing that anybody can send makes the readers trap.

import ScrivenerModel
import Testing

@Suite struct NoiseTests {
    private static let document =
        Array(
            #"{"query":"é\u20ac","tasks":[{"task_id":"a","task_type":"t","dependencies":["b"],"#
                .utf8)
        + Array(
            #""parameters":{"x":[1.5e3,null]}},{"task_id":"b","task_type":"t"}],"config":{"#.utf8)
        + Array(#""max_retry_attempts":3},"timeout_seconds":1.5}"#.utf8)

    /// 60,000 documents for the reader: reading and skipping agree on each.
    @Test(arguments: 0..<6) func theReaderTakesAnything(seed: UInt64) {
        var noise = ByteNoise(seed: seed)
        var valid = 0
        for round in 0..<10_000 {
            let bytes = round % 2 == 0 ? noise.soup() : noise.damaged(Self.document)
            let isValid = (try? JSONReader.validate(bytes)) != nil
            let value = try? RawJSON(bytes).value()
            if isValid != (value != nil) { Issue.record("\(bytes) are read in two ways") }
            guard let value else { continue }
            valid += 1
            if (try? RawJSON(value).value()) != value { Issue.record("\(bytes) change") }
        }
        #expect(valid > 100)
    }

    /// 40,000 plans for the parser: taken, or refused with a code and at least one mistake.
    @Test(arguments: 0..<4) func theParserTakesAnything(seed: UInt64) {
        var noise = ByteNoise(seed: seed &+ 100)
        for round in 0..<10_000 {
            let bytes = round % 4 == 0 ? noise.soup() : noise.damaged(Self.document)
            do throws(ScrivenerError) {
                _ = try PlanParser.plan(fromJSON: bytes)
            } catch {
                if error.code != .planInvalid || error.mistakes.isEmpty {
                    Issue.record("\(bytes): \(error)")
                }
            }
            _ = try? PlanParser.proposedTasks(fromJSON: bytes, existing: ["a", "c"])
        }
    }

    /// Texts that look like times.
    @Test func timesTakeAnything() {
        var noise = ByteNoise(seed: 7)
        let time = Array("2026-01-31T12:00:00.000Z".utf8)
        for _ in 0..<5_000 {
            let text = String(decoding: noise.damaged(time), as: UTF8.self)
            guard let read = WallTime(text) else { continue }
            if WallTime(read.description) != read { Issue.record("\(text) changes") }
        }
    }
}
