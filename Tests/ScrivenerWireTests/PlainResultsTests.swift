// Results that are read without values: they say what the values would, or they are left to them.

import ScrivenerModel
import Testing

@testable import ScrivenerWire

@Suite struct PlainResultsTests {
    private static let payloads = [
        #"{"hits":[1,2]}"#, "null", "[]", #""— \u00e9""#, "0", "",
        String(repeating: " ", count: 300) + "1",
    ]

    private static func batch(_ count: Int) -> ResultBatch {
        ResultBatch(
            epoch: 3,
            items: (0..<count).map { number in
                var result = AgentResult()
                let text = payloads[number % payloads.count]
                result.payload = text.isEmpty ? .null : RawJSON(text)
                return AttemptResult(
                    attempt: AttemptReference(
                        session: 1 + Int64(number) << 20, task: Int32(number), attempt: 1),
                    runTime: .milliseconds(Int64(number)), result: result)
            })
    }

    private static func items(_ plain: PlainResults) -> [AttemptResult] {
        var items: [AttemptResult] = []
        plain.forEach { attempt, runTime, payload in
            var result = AgentResult()
            result.payload = payload.isEmpty ? .null : RawJSON(Array(payload))
            items.append(AttemptResult(attempt: attempt, runTime: runTime, result: result))
        }
        return items
    }

    private static func plain(_ bytes: [UInt8], _ limits: WireLimits = .standard) -> PlainResults? {
        WireCodec.plainResults(bytes.span.bytes, limits: limits)
    }

    @Test(arguments: [0, 1, 2, 7, 300])
    func theySayWhatTheMessageDoes(_ count: Int) throws {
        let batch = Self.batch(count)
        let plain = try #require(Self.plain(WireCodec.encode(.results(batch))))
        #expect(plain.epoch == batch.epoch)
        #expect(Self.items(plain) == batch.items)
    }

    /// A finding that was read over would be lost, a failure taken for a success.
    @Test func whatHasMoreThanAPayloadIsLeft() {
        #expect(Self.plain(WireCodec.encode(.results(Samples.results))) == nil)
        var batch = Self.batch(3)
        batch.items[1].result.failure = AgentFailure(.permanent, code: "c", message: "m")
        #expect(Self.plain(WireCodec.encode(.results(batch))) == nil)
        batch = Self.batch(3)
        batch.items[2].result.usage.peakMemoryBytes = 1
        #expect(Self.plain(WireCodec.encode(.results(batch))) == nil)
        batch = Self.batch(3)
        batch.items[0].result.proposedTasks = RawJSON(#"{"tasks":[]}"#)
        #expect(Self.plain(WireCodec.encode(.results(batch))) == nil)
    }

    @Test(
        arguments: (Samples.fromWorker + Samples.emptyFromWorker).filter {
            if case .results = $0 { false } else { true }
        })
    func otherMessagesAreLeft(_ message: WorkerMessage) {
        #expect(Self.plain(WireCodec.encode(message)) == nil)
    }

    /// What the other reader refuses must not get in here, and must not be read as something else:
    /// every byte of a message is changed to every value, and every end is cut off.
    @Test func damageIsNeverReadAsSomethingElse() {
        let good = WireCodec.encode(.results(Self.batch(4)))
        var damaged = (0..<good.count).map { Array(good[..<$0]) }
        for place in good.indices.prefix(90) {
            for value: UInt8 in 0...255 where value != good[place] {
                var bytes = good
                bytes[place] = value
                damaged.append(bytes)
            }
        }
        var taken = 0
        for bytes in damaged {
            guard let plain = Self.plain(bytes) else { continue }
            taken += 1
            guard case .results(let batch)? = try? WireCodec.decode(worker: bytes) else {
                Issue.record("taken, though it is no message: \(bytes)")
                continue
            }
            #expect(plain.epoch == batch.epoch)
            #expect(Self.items(plain) == batch.items)
        }
        #expect(taken > 0)
    }

    @Test func limitsHold() {
        let bytes = WireCodec.encode(.results(Self.batch(7)))
        for change: (inout WireLimits) -> Void in [
            { $0.messageBytes = bytes.count - 1 }, { $0.batchItems = 6 }, { $0.resultBytes = 300 },
        ] {
            var limits = WireLimits()
            change(&limits)
            #expect(Self.plain(bytes, limits) == nil)
        }
        var limits = WireLimits()
        limits.messageBytes = bytes.count
        limits.batchItems = 7
        limits.resultBytes = 301
        #expect(Self.plain(bytes, limits) != nil)
    }
}
