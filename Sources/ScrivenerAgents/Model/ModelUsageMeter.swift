// What an attempt has used so far, whatever becomes of it: tokens of an answer that is thrown away cost as well.

import ScrivenerModel

struct ModelUsageMeter: Sendable, Equatable {
    private(set) var usage = Usage()

    /// What an endpoint says of an answer.
    mutating func add(_ answer: ChatUsage?, at prices: ModelPrices) {
        guard let answer else { return }
        usage.inputTokens = Self.sum(usage.inputTokens, answer.inputTokens)
        usage.outputTokens = Self.sum(usage.outputTokens, answer.outputTokens)
        usage.costMicros = Self.sum(usage.costMicros, prices.micros(answer))
    }

    /// What a tool says of itself; nothing that comes from elsewhere may overflow a sum.
    mutating func add(_ tool: Usage) {
        usage.inputTokens = Self.sum(usage.inputTokens, tool.inputTokens)
        usage.outputTokens = Self.sum(usage.outputTokens, tool.outputTokens)
        usage.costMicros = Self.sum(usage.costMicros, tool.costMicros)
        usage.cpuMicroseconds = Self.sum(usage.cpuMicroseconds, tool.cpuMicroseconds)
        usage.peakMemoryBytes = max(usage.peakMemoryBytes, tool.peakMemoryBytes)
    }

    private static func sum(_ total: Int, _ more: Int) -> Int {
        let (sum, overflow) = total.addingReportingOverflow(max(0, more))
        return overflow ? .max : sum
    }
}
