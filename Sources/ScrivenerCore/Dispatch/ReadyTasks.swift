// The ready tasks of one session and demand: the smallest is taken with every dispatch, and now and
// then the largest (a slow slot is best spent on what least depends on).
//
// They are sorted as far as they have to be: the few smallest in a list, all others in parts, of which
// each has nothing that is smaller than anything in the parts below it. When the list is used up, the
// lowest part is split until it is short enough to be sorted (incremental quicksort: Paredes, Navarro,
// "Optimal incremental sorting", ALENEX 2006). A heap moves an entry at each of its levels, all over
// its memory; here a task is written down, and read with its neighbours a few times until it goes.

/// Ready tasks in their order.
struct ReadyTasks: Sendable {
    /// So many are sorted at most; half of them go to a part when there are more.
    private static let most = 32
    /// Parts are joined up to about this size: what is joined will have to be split again.
    private static let mostJoined = 4 * most
    /// So many times larger may one half of what is split be than the other.
    private static let poor = 64

    /// What lies between two bounds, in no order; never empty.
    private struct Part: Sendable {
        /// None of its tasks is smaller; all in the parts after this one, and the sorted ones, are.
        var floor: TaskPriority
        var tasks: [TaskPriority]
    }

    /// The smallest, the last of them first. Empty only where there are no others.
    private var sorted: [TaskPriority] = []
    /// The others: the largest come first.
    private var parts: [Part] = []
    private(set) var count = 0

    init() {}

    init(_ tasks: [TaskPriority]) {
        guard let floor = tasks.min() else { return }
        count = tasks.count
        parts = [Part(floor: floor, tasks: tasks)]
        refill()
    }

    @inline(always)
    var isEmpty: Bool { sorted.isEmpty }
    /// In no particular order.
    var unordered: [TaskPriority] { parts.reduce(into: sorted) { $0 += $1.tasks } }

    /// Visits all of them, in no particular order, without a list of them.
    func forEach(_ body: (TaskPriority) -> Void) {
        sorted.forEach(body)
        for part in parts { part.tasks.forEach(body) }
    }

    @inline(always)
    var min: TaskPriority? { sorted.last }

    // MARK: Coming

    @inline(always)
    mutating func insert(_ task: TaskPriority) {
        count += 1
        guard parts.isEmpty || task < parts[parts.count - 1].floor else {
            return insertAboveSorted(task)
        }
        sorted.append(task)
        Self.sinkLast(&sorted)
        if sorted.count > Self.most { shorten() }
    }

    @inline(always)
    private static func sinkLast(_ sorted: inout [TaskPriority]) {
        var sorted = sorted.mutableSpan
        let last = sorted.count - 1
        sink(sorted[last], at: last, &sorted)
    }

    /// Moves a task to its place among those that stand before it, which are sorted.
    @inline(always)
    private static func sink(
        _ task: TaskPriority, at end: Int, _ sorted: inout MutableSpan<TaskPriority>
    ) {
        var place = end
        while place > 0, sorted[place - 1] < task {
            sorted[place] = sorted[place - 1]
            place -= 1
        }
        sorted[place] = task
    }

    private mutating func insertAboveSorted(_ task: TaskPriority) {
        // The last whose floor is not above it; floors fall from the first part to the last.
        var (low, high) = (0, parts.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if task < parts[middle].floor { low = middle + 1 } else { high = middle }
        }
        parts[low].tasks.append(task)
    }

    /// The larger half of the sorted tasks becomes a part. Parts that are not much larger are joined
    /// with it, so that there are few.
    private mutating func shorten() {
        let excess = sorted.count - Self.most / 2
        var part = Part(floor: sorted[excess - 1], tasks: Array(sorted[..<excess]))
        sorted.removeFirst(excess)
        while let last = parts.last, last.tasks.count < 2 * part.tasks.count,
            part.tasks.count < Self.mostJoined
        {
            parts.removeLast()
            part.tasks += last.tasks
        }
        parts.append(part)
    }

    // MARK: Going

    @inline(always)
    mutating func popMin() -> TaskPriority? {
        guard !sorted.isEmpty else { return nil }
        let first = sorted.removeLast()
        count -= 1
        if sorted.isEmpty, !parts.isEmpty { refill() }
        return first
    }

    /// Sorts the smallest of the others, as many as there are room for.
    private mutating func refill() {
        while let part = parts.popLast() {
            guard part.tasks.count > Self.most, let (low, high) = Self.split(part) else {
                sorted.append(contentsOf: part.tasks)
                Self.sort(&sorted)
                return
            }
            parts.append(high)
            parts.append(low)
        }
    }

    /// By insertion: they are few.
    private static func sort(_ tasks: inout [TaskPriority]) {
        guard tasks.count <= most else { return tasks.sort { $1 < $0 } }
        var tasks = tasks.mutableSpan
        for place in 1..<max(1, tasks.count) { sink(tasks[place], at: place, &tasks) }
    }

    /// Cuts a part in two; `nil` where all of its tasks are the same.
    private static func split(_ part: Part) -> (low: Part, high: Part)? {
        let tasks = part.tasks
        let pivot = median(tasks[0], tasks[tasks.count / 2], tasks[tasks.count - 1])
        var high: [TaskPriority] = []
        var low = [TaskPriority](unsafeUninitializedCapacity: tasks.count) { low, lowCount in
            high = [TaskPriority](unsafeUninitializedCapacity: tasks.count) { high, highCount in
                // Written to both, and counted where it belongs: which one that is is as good as
                // random, and a branch would be guessed wrong. No more are written than there are.
                for task in tasks {
                    low.initializeElement(at: lowCount, to: task)
                    high.initializeElement(at: highCount, to: task)
                    let isLow = task < pivot ? 1 : 0
                    lowCount += isLow
                    highCount += 1 - isLow
                }
            }
        }
        guard !low.isEmpty else { return nil }
        // So poor a pivot is seldom chance. The middle of what is in order is as good as can be.
        if high.count > poor * low.count { high.sort() }
        if low.count > poor * high.count { low.sort() }
        return (Part(floor: part.floor, tasks: low), Part(floor: pivot, tasks: high))
    }

    private static func median(
        _ first: TaskPriority, _ second: TaskPriority, _ third: TaskPriority
    ) -> TaskPriority {
        let (smaller, larger) = first < second ? (first, second) : (second, first)
        return third < smaller ? smaller : third < larger ? third : larger
    }

    // MARK: The last

    /// The largest. Found by a look at the highest part, which is split until it is short.
    mutating func largest() -> TaskPriority? {
        guard let highest = parts.first else { return sorted.first }
        if highest.tasks.count > Self.most, let (low, high) = Self.split(highest) {
            parts[0] = low
            parts.insert(high, at: 0)
            return largest()
        }
        return highest.tasks.max()
    }

    mutating func popMax() -> TaskPriority? {
        guard let largest = largest() else { return nil }
        count -= 1
        guard !parts.isEmpty else { return sorted.removeFirst() }
        guard let place = parts[0].tasks.lastIndex(where: { !($0 < largest) }) else { return nil }
        parts[0].tasks.swapAt(place, parts[0].tasks.count - 1)
        let last = parts[0].tasks.removeLast()
        if parts[0].tasks.isEmpty { parts.removeFirst() }
        return last
    }
}
