// `scrivener bench wire`: our own layer over ZeroMQ with its codec, and nothing behind it.

import ArgumentParser

struct BenchWireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wire",
        abstract: "Measure messages between processes, beside bare libzmq.",
        discussion: """
            Dispatches are encoded, sent, read, and answered with results that are encoded, sent and \
            read: what a task costs on the wire, where nothing is done with it. Bare libzmq echoes \
            messages of the same size between as many processes.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "How many tasks there are.")
    var tasks = 500_000

    @Option(name: .customLong("group"), help: "How many are in a message. May be given often.")
    var groups: [Int] = [1, 64, 256]

    /// On their way at once.
    private static let outstanding = 1_024

    func validate() throws {
        guard (1...10_000_000).contains(tasks),
            groups.allSatisfy({ (1...1_024).contains($0) && $0 <= tasks })
        else {
            throw ValidationError("--tasks is 1…10,000,000, --group 1…1,024 and at most --tasks.")
        }
        guard groups.allSatisfy({ $0 * (options.bytes + 256) <= 8 << 20 }) else {
            throw ValidationError("--group tasks of --bytes each are more than a message of 8 MiB.")
        }
    }

    mutating func run() async throws {
        let (options, tasks, groups) = (options, tasks, groups)
        try await options.measure(
            "wire", "\(tasks) tasks, \(Self.outstanding) on their way",
            of: "\(options.workers) peers, \(options.bytes) bytes each way"
        ) { limits in
            var run = BenchRun()
            for group in groups {
                let wire = try await limits.wire(
                    workers: options.workers, tasks: tasks, bytes: options.bytes,
                    outstanding: Self.outstanding, group: group)
                // Of the mean size: an echo is as long as what it answers.
                let echo = try await limits.echo(
                    workers: options.workers, messages: tasks / group,
                    bytes: (wire.dispatchBytes + wire.resultBytes) / 2,
                    outstanding: max(1, Self.outstanding / group))
                Self.note(wire, group, tasks, echo * Double(group), in: &run)
            }
            return run
        }
    }

    /// - Parameter bare: how many tasks a second the echoes would have carried.
    private static func note(
        _ wire: MachineLimits.WireReading, _ group: Int, _ tasks: Int, _ bare: Double,
        in run: inout BenchRun
    ) {
        let count = Double(tasks / group * group)
        run.note("\(group) in a message", "tasks/s", wire.tasksPerSecond)
        run.note("\(group), bare libzmq", "tasks/s", bare)
        run.note("\(group), wire ÷ bare libzmq", "", wire.tasksPerSecond / bare)
        run.note("\(group), router: processor time a task", "µs", wire.routerSeconds * 1e6 / count)
        run.note("\(group), peers: processor time a task", "µs", wire.peerSeconds * 1e6 / count)
        run.note(
            "\(group), router: most memory", "MiB", Double(wire.routerPeakBytes) / Double(1 << 20))
        run.note(
            "\(group), a peer: most memory", "MiB", Double(wire.peerPeakBytes) / Double(1 << 20))
    }
}
