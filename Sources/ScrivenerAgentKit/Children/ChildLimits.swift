// What a child may use, and what is said when it uses more.
//
// What counts is what a child *and all that it has started* use together. The kernel's limits (setrlimit) are
// each process's own, and its memory limits count what is reserved, which runtimes with a garbage collector
// reserve by the gigabyte. So the sum is looked at now and then (`ChildMeter`); the kernel's limits are there as
// a net for what is faster than that.

import ScrivenerModel

/// What a child may use, with all that it starts. What is `nil` is not limited.
public struct ChildLimits: Sendable, Equatable {
    /// Resident memory. Looked at four times a second; besides, each process may have no more data than twice
    /// that, or 1 GiB more where that is more (`RLIMIT_DATA`).
    public var memoryBytes: Int?
    /// Looked at four times a second; besides, each process gets SIGXCPU at it (`RLIMIT_CPU`).
    public var processorTime: Duration?
    /// From its start.
    public var wallTime: Duration?

    public init(
        memoryBytes: Int? = nil, processorTime: Duration? = nil, wallTime: Duration? = nil
    ) {
        self.memoryBytes = memoryBytes
        self.processorTime = processorTime
        self.wallTime = wallTime
    }

    /// What the shell says that becomes the program, before it does. A host whose own limits are lower keeps
    /// them.
    func shellCommands(grace: Duration) -> String {
        var commands: [String] = []
        if let memoryBytes {
            let net = Self.sum(memoryBytes, max(memoryBytes, 1 << 30))
            commands.append("ulimit -d \(net / 1_024)")
        }
        if let processorTime {
            let soft = Self.wholeSeconds(processorTime)
            commands.append("ulimit -S -t \(soft)")
            // At the hard limit the kernel says SIGKILL.
            let hard = Self.sum(soft, Self.sum(Self.wholeSeconds(grace), 1))
            commands.append("ulimit -H -t \(hard)")
        }
        return commands.map { "{ \($0) || :; } 2>/dev/null && " }.joined()
    }

    /// Rounded up.
    private static func wholeSeconds(_ duration: Duration) -> Int64 {
        let (seconds, rest) = duration.components
        return rest > 0 ? sum(seconds, 1) : seconds
    }

    /// Ends with the range: whoever wants no limit may say the largest number that there is.
    private static func sum<Number: FixedWidthInteger>(_ one: Number, _ other: Number) -> Number {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

/// That a child uses more than it may.
package enum ChildExcess: Sendable, Equatable {
    case memory(bytes: Int, limit: Int)
    case processorTime(limit: Duration)
    case wallTime(limit: Duration)

    /// More memory and processor time would be used again. Time may have passed for reasons of others.
    package var failure: AgentFailure {
        switch self {
        case .memory(let bytes, let limit):
            AgentFailure(
                .permanent, code: "child_memory_limit",
                message: "the program and what it had started had \(bytes) bytes of memory; the "
                    + "limit is \(limit)")
        case .processorTime(let limit):
            AgentFailure(
                .permanent, code: "child_cpu_limit",
                message: "the program and what it had started have used all of their processor "
                    + "time; the limit is \(limit / .seconds(1)) s")
        case .wallTime(let limit):
            AgentFailure(
                .timeout, code: "child_wall_time_limit",
                message: "the program was still running after \(limit / .seconds(1)) s, which is "
                    + "its limit")
        }
    }
}
