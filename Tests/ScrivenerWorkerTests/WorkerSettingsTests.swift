// What a worker is told when it starts, and what it finds out about its host.

import ScrivenerModel
import Testing

@testable import ScrivenerWorker

@Suite struct WorkerSettingsTests {
    private func mistakes(_ change: (inout WorkerSettings) -> Void) -> [String] {
        var settings = WorkerSettings(coordinator: "tcp://127.0.0.1:7412", workerID: "w")
        change(&settings)
        return settings.mistakes.map { "\($0)" }
    }

    /// Settings that are sound, at the ends of their ranges.
    @Test func soundSettingsHaveNoMistakes() {
        #expect(mistakes { _ in } == [])
        #expect(
            mistakes {
                $0.tags = (0..<63).map { "t\($0)" }
                $0.resources = [
                    ResourceAmount(name: "gpu", amount: 1),
                    ResourceAmount(name: ResourceAmount.memoryName, amount: 1_000_000_000),
                ]
                $0.healthCheckInterval = .seconds(1)
                $0.orphanGrace = .seconds(86_400)
            } == [])
    }

    /// A mistake is told before anything is bound or dialled, all of them at once.
    @Test func everyMistakeIsTold() {
        let changes: [(inout WorkerSettings) -> Void] = [
            { $0.tags = ["a/b"] }, { $0.tags = (0..<64).map { "t\($0)" } },
            { $0.resources = [ResourceAmount(name: "", amount: 1)] },
            { $0.resources = [ResourceAmount(name: "gpu", amount: 0)] },
            { $0.resources = [ResourceAmount(name: "slots", amount: 2)] },
            { $0.resources = (0..<64).map { ResourceAmount(name: "r\($0)", amount: 1) } },
            {
                $0.resources = [
                    ResourceAmount(name: "gpu", amount: 1), ResourceAmount(name: "gpu", amount: 2),
                ]
            },
            { $0.healthCheckInterval = .milliseconds(999) },
            { $0.orphanGrace = .seconds(86_401) },
        ]
        for change in changes { #expect(mistakes(change).count == 1) }
        #expect(mistakes { settings in for change in changes { change(&settings) } }.count > 1)
    }

    /// Figures that were invented would place tasks where they do not fit.
    @Test func theHostSaysWhatItHas() throws {
        #expect((0...1_000).contains(HostUsage.processorLoadPermille))
        #if os(Linux)
            let memory = try #require(HostUsage.memoryMebibytes)
            let resident = HostUsage.residentBytes
            #expect(resident > 1 << 20)
            #expect(resident < memory << 20)
            let more = [UInt8](repeating: 1, count: 64 << 20)
            #expect(HostUsage.residentBytes > resident + (48 << 20))
            #expect(more.last == 1)
        #endif
    }
}
