// Task classes as bytes. A plan has few of them, so each is written by itself, field after field.

import ScrivenerCore
import ScrivenerModel

extension ByteWriter {
    mutating func taskClass(_ kind: TaskClass) {
        string(kind.taskType)
        string(kind.assignedAgent)
        signed(kind.timeout.nanoseconds)
        signed(kind.progressTimeout.nanoseconds)
        coded(kind.onDependencyFailure)
        flag(kind.join != nil)
        if let join = kind.join { self.join(join) }
        flag(kind.extendsSession)
        byte(kind.priority)
        retry(kind.retry)
        coded(kind.delivery)
        flag(kind.isIdempotent)
        flag(kind.isExclusive)
        strings(kind.requires)
        strings(kind.tags)
        signed(Int64(kind.slots))
        count(kind.resources.count)
        for resource in kind.resources {
            string(resource.name)
            signed(resource.amount)
        }
        strings(kind.fallbackAgents)
    }

    private mutating func join(_ join: CompiledJoin) {
        signed(Int64(join.atLeast))
        signed(join.within.nanoseconds)
        coded(join.rest)
    }

    private mutating func retry(_ retry: CompiledRetry) {
        signed(Int64(retry.maximumRetries))
        signed(retry.base.nanoseconds)
        signed(retry.factorPermille)
        signed(retry.cap.nanoseconds)
    }

    private mutating func strings(_ values: [String]) {
        count(values.count)
        stringColumn(values)
    }
}

extension ByteReader {
    mutating func taskClass() throws(JournalDecodingError) -> TaskClass {
        TaskClass(
            taskType: try string(), assignedAgent: try optionalString(), timeout: try span(),
            progressTimeout: try span(), onDependencyFailure: try coded(),
            join: try flag() ? try join() : nil, extendsSession: try flag(),
            priority: try byte(), retry: try retry(), delivery: try coded(),
            isIdempotent: try flag(), isExclusive: try flag(), requires: try strings(),
            tags: try strings(), slots: try integer(), resources: try resources(),
            fallbackAgents: try strings())
    }

    private mutating func join() throws(JournalDecodingError) -> CompiledJoin {
        CompiledJoin(atLeast: try integer(), within: try span(), rest: try coded())
    }

    private mutating func retry() throws(JournalDecodingError) -> CompiledRetry {
        CompiledRetry(
            maximumRetries: try integer(), base: try span(), factorPermille: try signed(),
            cap: try span())
    }

    private mutating func resources() throws(JournalDecodingError) -> [ResourceAmount] {
        var resources: [ResourceAmount] = []
        for _ in 0..<(try count()) {
            resources.append(ResourceAmount(name: try string(), amount: try signed()))
        }
        return resources
    }

    private mutating func strings() throws(JournalDecodingError) -> [String] {
        try stringColumn(try count())
    }

    private mutating func span() throws(JournalDecodingError) -> TimeSpan {
        TimeSpan(nanoseconds: try signed())
    }
}
