// What a child may use: a program that runs wild must not take its worker, and the host, with it.

import Foundation
import Logging
import ScrivenerModel
import Testing

@testable import ScrivenerAgentKit

@Suite struct ChildLimitTests {
    private func run(_ script: String, _ limits: ChildLimits) async throws -> ChildOutcome {
        var command = ChildCommand(["/bin/sh", "-c", script])
        command.limits = limits
        command.terminationGrace = .seconds(1)
        return try await ChildWorld().context.run(command)
    }

    private func failure(_ script: String, _ limits: ChildLimits) async throws -> AgentFailure {
        try #require(
            await #expect(throws: AgentFailure.self) {
                try await run(script, limits) as ChildOutcome
            })
    }

    /// Two processes, neither of which is over the limit: what counts is what a program and its children have
    /// together.
    @Test(.timeLimit(.minutes(1)))
    func `Memory counts for all that a program starts`() async throws {
        // Holds what it reads until that ends.
        let hold = "(head -c 60000000 /dev/zero; sleep 60) | tail -c 60000000 >/dev/null"
        let failure = try await failure(
            "echo filling >&2; \(hold) & \(hold)", ChildLimits(memoryBytes: 100 << 20))
        #expect(failure.code == "child_memory_limit")
        #expect(failure.failureClass == .permanent)
        #expect(failure.message.hasSuffix("the limit is \(100 << 20)"))
        #expect(failure.logTail == ["filling"])
    }

    @Test(.timeLimit(.minutes(1)))
    func `Processor time counts for all that a program starts`() async throws {
        let spin = "(while :; do :; done)"
        let failure = try await failure(
            "\(spin) & \(spin)", ChildLimits(processorTime: .seconds(1)))
        #expect(failure.code == "child_cpu_limit")
        #expect(failure.failureClass == .permanent)
    }

    /// A program that waits for an answer that never comes uses nothing.
    @Test(.timeLimit(.minutes(1)))
    func `Time on the clock has a limit`() async throws {
        let failure = try await failure("sleep 600", ChildLimits(wallTime: .seconds(0.3)))
        #expect(failure.code == "child_wall_time_limit")
        #expect(failure.failureClass == .timeout)
        #expect(failure.message.contains("0.3 s"))
    }

    @Test func `Within its limits a program runs as ever`() async throws {
        let limits = ChildLimits(
            memoryBytes: 1 << 30, processorTime: .seconds(100), wallTime: .seconds(100))
        let outcome = try await run("read line; echo \"$line\"; ulimit -t", limits)
        #expect(outcome.text == "\n100\n")
        #expect(outcome.ending == .exited(0))
    }

    /// Where there are limits, it is known what was used.
    @Test(.timeLimit(.minutes(1)))
    func `What a program has used is told`() async throws {
        let outcome = try await run(
            "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 1",
            ChildLimits(memoryBytes: 1 << 30))
        #expect(outcome.processorTime > .zero)
        #expect(outcome.peakMemoryBytes > 0)
    }

    /// Whoever wants no limit may say so by a number that is large enough.
    @Test func `The largest limits are limits`() {
        let commands = ChildLimits(memoryBytes: .max, processorTime: .seconds(Int64.max))
            .shellCommands(grace: .seconds(5))
        #expect(commands.contains("ulimit -d \(Int.max / 1_024)"))
        #expect(commands.contains("ulimit -H -t \(Int64.max)"))
    }

    /// The end of its input ends the shell, whatever it was to say before.
    @Test func `A shell that hears nothing becomes no program`() async throws {
        let commands = ChildLimits(memoryBytes: 1 << 30, processorTime: .seconds(1.5))
            .shellCommands(grace: .seconds(0.5))
        let expected = ["-d 2097152", "-S -t 2", "-H -t 4"].map {
            "{ ulimit \($0) || :; } 2>/dev/null && "
        }
        #expect(commands == expected.joined())
        let outcome = try await ChildWorld().run(
            "</dev/null sh -c 'read -r start && \(commands)exec \"$@\"' sh echo begun")
        #expect(outcome.text == "")
    }
}
