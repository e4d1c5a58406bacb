// Looks at what a child and what it has started use, as long as it runs.

struct ChildMeter: Sendable {
    let limits: ChildLimits
    let members: ChildMembers
    let processes: ProcessSampler

    /// How often it looks.
    static let interval = Duration.milliseconds(250)

    /// Returns when a limit is exceeded, or when the task is cancelled.
    ///
    /// - Parameter peak: the most memory that was seen.
    func watch(peak: inout Int) async -> ChildExcess? {
        let start = ContinuousClock.now
        let looks = limits.memoryBytes != nil || limits.processorTime != nil
        while true {
            var due = looks ? ContinuousClock.now.advanced(by: Self.interval) : nil
            if let wallTime = limits.wallTime {
                let end = start.advanced(by: wallTime)
                if end <= .now { return .wallTime(limit: wallTime) }
                due = min(due ?? end, end)
            }
            guard let due, (try? await Task.sleep(until: due, clock: .continuous)) != nil else {
                return nil
            }
            if looks, let excess = excess(peak: &peak) { return excess }
        }
    }

    private func excess(peak: inout Int) -> ChildExcess? {
        let use = members.use(in: processes)
        peak = max(peak, use.memoryBytes)
        if let limit = limits.memoryBytes, use.memoryBytes > limit {
            return .memory(bytes: use.memoryBytes, limit: limit)
        }
        if let limit = limits.processorTime, use.processorTime > limit {
            return .processorTime(limit: limit)
        }
        return nil
    }
}
