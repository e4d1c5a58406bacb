// The coordinator's machine, as `scrivener bench core` drives it.

import ScrivenerSimulator

enum CountedCore {
    static func run() {
        var shape = CoreBenchmark.Shape()
        shape.tasks = 20_000
        var benchmark = CoreBenchmark(shape)
        // The first call is before the submission, the last when the session has ended.
        var calls = 0
        let report = benchmark.run(
            seconds: {
                calls += 1
                if calls == 1 { Counted.start() }
                if calls == 4 { Counted.stop() }
                return 0
            }, residentBytes: { 0 })
        Counted.end("core", times: report.tasks)
    }
}
