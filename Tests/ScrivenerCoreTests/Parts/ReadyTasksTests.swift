// Ready tasks against a sorted list: whatever comes and goes, the smallest and the largest are the
// same.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

struct ReadyTasksTests {
    /// - Parameters:
    ///   - seed: also of how many keys there are: with few, many tasks are told apart by number.
    @Test(arguments: 0..<12 as Range<UInt64>)
    func sameAsSorted(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let keys: Int64 = [4, 1_000, .max / 2][Int(seed % 3)]
        var tasks = ReadyTasks()
        var reference: [TaskPriority] = []
        var next: Int32 = 0
        for round in 0..<4_000 {
            // Grows for a while, then shrinks.
            let grows = round % 2_000 < 1_000
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<(grows ? 7 : 2):
                let task = TaskPriority(
                    key: PriorityKey(
                        Instant(nanoseconds: Int64.random(in: 0..<keys, using: &random))),
                    task: next, readyAt: 0)
                next += 1
                tasks.insert(task)
                reference.insert(task, at: reference.firstIndex { task < $0 } ?? reference.count)
            case 9:
                #expect(tasks.largest()?.task == reference.last?.task)
                #expect(tasks.popMax()?.task == reference.popLast()?.task)
            default:
                let first = reference.isEmpty ? nil : reference.removeFirst()
                #expect(tasks.popMin()?.task == first?.task)
            }
            #expect(tasks.min?.task == reference.first?.task)
            #expect(tasks.count == reference.count)
            #expect(tasks.isEmpty == reference.isEmpty)
        }
        #expect(Set(tasks.unordered.map(\.task)) == Set(reference.map(\.task)))
        var again = ReadyTasks(tasks.unordered)
        for task in reference { #expect(again.popMin()?.task == task.task) }
        #expect(again.popMin() == nil)
    }

    /// What comes in order, or against it, or is the same again and again.
    @Test func extremes() {
        func task(_ number: Int32, key: Int64 = 0) -> TaskPriority {
            TaskPriority(key: PriorityKey(Instant(nanoseconds: key)), task: number, readyAt: 0)
        }
        let ascending = Array(Int32(0)..<1_000)
        for order in [ascending, ascending.reversed()] {
            var tasks = ReadyTasks()
            for number in order { tasks.insert(task(number)) }
            #expect(tasks.largest()?.task == 999)
            for number in ascending { #expect(tasks.popMin()?.task == number) }
            #expect(tasks.isEmpty)
        }
        var same = ReadyTasks((0..<200).map { _ in task(7) })
        #expect(same.count == 200)
        same.insert(task(6))
        same.insert(task(8))
        #expect(same.popMax()?.task == 8)
        #expect(same.popMin()?.task == 6)
        for _ in 0..<200 { #expect(same.popMin()?.task == 7) }
        #expect(same.popMin() == nil)
    }
}
