// What a session keeps of its tasks in few bytes, against the same in the open: whatever goes in comes
// out, however unusual it is.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ColumnTests {
    private static func state(_ random: inout SeededGenerator) -> TaskLifecycle {
        let place = Int32.random(in: 0..<1 << 29, using: &random)
        let live = LiveAttempts(place, hedge: Bool.random(using: &random) ? place / 2 : -1)
        let states: [TaskLifecycle] = [
            .waiting(on: Int32.random(in: 1...Int32.max, using: &random)), .ready,
            .held(.sessionPaused), .running(live),
            .backingOff(until: Instant(nanoseconds: .random(in: .min ... .max, using: &random))),
            .cancelling(live), .completed(execution: place), .failed, .cancelled, .skipped, .lost,
        ]
        return states[Int.random(in: 0..<states.count, using: &random)]
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func states(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var column = LifecycleColumn()
        var reference: [TaskLifecycle] = []
        for _ in 0..<50 {
            let state = Self.state(&random)
            column.append(state, kind: 0)
            reference.append(state)
        }
        for _ in 0..<2_000 {
            let task = Int.random(in: 0..<50, using: &random)
            let state = Self.state(&random)
            column[task] = state
            reference[task] = state
            #expect(column.isReady(task) == (state == .ready))
            #expect(column.isWaiting(task) == (state.status == .waiting))
            #expect(column.isBackingOff(task) == (state.status == .backingOff))
            #expect(column.isHedged(task) == (state.live?.isHedged == true))
            #expect(column.firstExecution(of: task) == state.live.map { Int($0.first) })
            let only = state.status == .running && state.live?.isHedged == false
            #expect(
                column.onlyExecution(of: task) == (only ? state.live.map { Int($0.first) } : nil))
        }
        #expect(Array(column) == reference)
    }

    /// Whatever a task waits for, more than a byte can say or less, is counted down one by one.
    @Test(arguments: [1, 2, 254, 255, 256, 300] as [Int32])
    func countsDown(_ count: Int32) {
        var column = LifecycleColumn()
        column.append(.waiting(on: count), kind: 3)
        var ready: [Int32] = []
        let task: [Int32] = [0]
        for left in (1..<max(1, count)).reversed() {
            column.countDown(task.span, &ready)
            #expect(column[0] == .waiting(on: left))
        }
        #expect(ready.isEmpty)
        column.countDown(task.span, &ready)
        #expect(ready == [0])
        #expect(column[0] == .ready)
        // It no longer waits.
        column.countDown(task.span, &ready)
        #expect(ready == [0])
        #expect(column.kind(of: 0) == 3)
    }

    /// The short ways say what the table of moves says.
    @Test func shortMoves() {
        var column = LifecycleColumn()
        column.append(.waiting(on: 2), kind: 0)
        column.append(.cancelled, kind: 0)
        var ready: [Int32] = []
        let both: [Int32] = [0, 1]
        column.countDown(both.span, &ready)
        #expect(ready.isEmpty)
        #expect(column[0] == TaskLifecycle.waiting(on: 2).after(.dependencyEnded))
        column.countDown(both.span, &ready)
        #expect(ready == [0])
        #expect(column[0] == TaskLifecycle.waiting(on: 1).after(.dependencyEnded))
        // What does not wait is left as it is.
        #expect(column[1] == .cancelled)
        column.start(0, 7)
        #expect(column[0] == TaskLifecycle.ready.after(.dispatch(execution: 7)))
        column.complete(0, 7)
        #expect(
            column[0]
                == TaskLifecycle.running(LiveAttempts(7)).after(.complete(execution: 7)))
    }

    /// Wall clocks that are set back, sessions of months, journals of many rows, attempts without
    /// number.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func attempts(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var column = ExecutionColumn()
        var reference: [Execution] = []
        let walls: [Int64] = [0, 5_000, -90_000, 1 << 31, 1 << 32, 1 << 40]
        let rows: [Int64] = [1, 1 << 31, 1 << 32 - 1, 1 << 32, 1 << 50]
        for place in 0..<200 {
            let wall = WallTime(
                millisecondsSince1970: 1_700_000_000_000
                    + (walls.randomElement(using: &random) ?? 0))
            let attempt = Int32.random(in: 1...600, using: &random)
            let previous = place > 0 && Bool.random(using: &random) ? Int32(place - 1) : -1
            column.append(
                attempt: attempt, worker: Int32(place), agent: 3, previous: previous, at: wall)
            var execution = Execution(
                attempt: attempt, worker: Int32(place), agent: 3, previous: previous,
                dispatchedAt: wall)
            #expect(column[place] == execution)
            let record = ResultHandle(
                row: rows.randomElement(using: &random) ?? 1, offset: .max, payloadLength: 4,
                annexLength: .max - 1)
            let ending = AttemptEnding(
                outcome: .failed(.timeout),
                runTime: TimeSpan(nanoseconds: .random(in: 0 ... .max, using: &random)),
                record: Bool.random(using: &random) ? record : nil, disposition: .final)
            column.end(
                place, ending,
                at: WallTime(
                    millisecondsSince1970: wall.millisecondsSince1970 + 77))
            execution.outcome = ending.outcome
            execution.runTime = ending.runTime
            execution.record = ending.record
            execution.endedAt = WallTime(
                millisecondsSince1970: wall.millisecondsSince1970 + 77)
            reference.append(execution)
        }
        #expect(Array(column) == reference)
    }

    /// Rows that gain entries again and again keep what they had, in order.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func dependants(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var rows = DependantRows()
        var tasks = LifecycleColumn()
        var reference: [[Int32]] = []
        for _ in 0..<6 {
            let first = reference.count
            var new = TaskColumns()
            for task in first..<(first + 40) {
                new.classOf.append(0)
                let others = (0..<Int32(first + 40)).filter { $0 != task }
                let row = Set((0..<3).compactMap { _ in others.randomElement(using: &random) })
                new.dependencies.append(contentsOf: row.sorted())
                new.dependencyEnds.append(Int32(new.dependencies.count))
                reference.append([])
            }
            for task in 0..<40 {
                for dependency in new.dependencies(of: task) {
                    reference[Int(dependency)].append(Int32(first + task))
                }
            }
            for _ in 0..<40 { tasks.append(.ready, kind: 0) }
            rows.append(new, first: first, to: &tasks)
            for task in reference.indices {
                #expect(Array(rows.edges[tasks.dependants(of: task)]) == reference[task])
            }
        }
    }

    /// Of a result's bytes in the journal the payload comes first, and its annex right behind it.
    @Test func theAnnexFollowsThePayload() {
        let result = ResultHandle(row: 9, offset: 100, payloadLength: 30, annexLength: 5)
        #expect(result.payload == PayloadHandle(row: 9, offset: 100, length: 30))
        #expect(result.annex == PayloadHandle(row: 9, offset: 130, length: 5))
    }
}
