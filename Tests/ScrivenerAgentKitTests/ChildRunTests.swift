// A child from its start to its own end: what it gets, what is kept of it, and what it leaves behind.

import Foundation
import Logging
import ScrivenerModel
import Testing

@testable import ScrivenerAgentKit

@Suite struct ChildRunTests {
    /// A tool gets its request on standard input, all of it, however large, and answers.
    @Test func `A child reads its input and its output comes back`() async throws {
        let world = ChildWorld()
        let input = String(repeating: "0123456789abcdef", count: 40_000)

        let outcome = try await world.run("cat; echo done >&2", input: input)

        #expect(outcome.text == input)
        #expect(outcome.ending == .exited(0))
        #expect(outcome.errorTail == ["done"])
    }

    /// An argument with blanks, quotes and a dollar sign is one argument: nothing reads it as a
    /// command.
    @Test func `Arguments reach the program as they are`() async throws {
        let hostile = ["a b", "'", "$(id)", "", "; exit 3", "-n"]
        let outcome = try await ChildWorld().context.run(
            ChildCommand(["printf", "%s\\n"] + hostile))

        #expect(outcome.text == hostile.joined(separator: "\n") + "\n")
    }

    /// A program logs a long text of somebody else's, in which there is what looks like a report of its own.
    @Test func `What stands within a line is not heard`() {
        let report = #"{"progress":1}"#
        let listener = ChildErrorListener(hear: { $0 == Array(report.utf8) })
        var tail = ChildErrorTail(
            maximumBytes: 8_000, logger: Logger(label: "test"), listener: listener)
        let long = String(repeating: "x", count: ChildErrorTail.maximumLineBytes)
        tail.append(Array("\(report)\n\(long)\(report)\n\(report)\n".utf8))
        #expect(tail.lines == [long, report])
    }

    /// A program that answers without having read its input closes it: the worker must not die of
    /// SIGPIPE, nor wait for ever.
    @Test func `A child that does not read its input harms nobody`() async throws {
        let input = String(repeating: "x", count: 1 << 20)
        let outcome = try await ChildWorld().run("exec <&-; echo answer", input: input)

        #expect(outcome.text == "answer\n")
        #expect(outcome.ending == .exited(0))
    }

    /// How a program ends tells whose fault it was, so it has to be told exactly.
    @Test func `Exit codes and signals are told apart`() async throws {
        #expect(try await ChildWorld().run("exit 65").ending == .exited(65))
        #expect(try await ChildWorld().run("kill -s SEGV $$").ending == .signalled(SIGSEGV))
    }

    /// A worker's environment holds credentials of other agents; they are none of this child's
    /// business.
    @Test func `A child inherits what is named and nothing else`() async throws {
        setenv("SCRIVENER_TEST_SECRET", "secret", 1)
        setenv("SCRIVENER_TEST_SHARED", "shared", 1)
        var command = ChildCommand(["env"])
        command.inheritedVariables = ["PATH", "SCRIVENER_TEST_SHARED", "SCRIVENER_TEST_UNSET"]
        command.variables = ["MODE": "fast"]

        let outcome = try await ChildWorld().context.run(command)

        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        // PWD is the shell's own, which the program has replaced.
        let variables = outcome.text.split(separator: "\n").filter { !$0.hasPrefix("PWD=") }
        let expected = ["MODE=fast", "PATH=\(path)", "SCRIVENER_TEST_SHARED=shared"]
        #expect(variables.map(String.init).sorted() == expected)
    }

    @Test func `A child works where it is told to`() async throws {
        var command = ChildCommand(["pwd"])
        command.workingDirectory = "/usr"
        #expect(try await ChildWorld().context.run(command).text == "/usr\n")
        command.arguments = ["bin/env", "pwd"]
        #expect(try await ChildWorld().context.run(command).text == "/usr\n")
    }

    /// Descriptors that leak into children keep sockets and locks of a dead worker alive.
    @Test func `A child has three descriptors`() async throws {
        let outcome = try await ChildWorld().context.run(ChildCommand(["ls", "/proc/self/fd"]))
        // The fourth is the folder that is listed.
        #expect(outcome.text == "0\n1\n2\n3\n")
    }

    /// A tool that dumps its database instead of an answer must not fill the worker's memory.
    @Test(.timeLimit(.minutes(1)))
    func `Too much output stops the child and says the limit`() async throws {
        let error = await #expect(throws: AgentFailure.self) {
            try await ChildWorld().run("exec yes", maximumOutputBytes: 10_000)
        }
        #expect(error?.code == "child_output_too_large")
        #expect(error?.failureClass == .permanent)
        #expect(error?.message.contains("the limit is 10000") == true)
        // The limit itself is not too much.
        let full = try await ChildWorld().run("printf 1234567890", maximumOutputBytes: 10)
        #expect(full.text == "1234567890")
    }

    /// Somebody looks on while a program works, where its agent wants that.
    @Test func `What a child says is emitted line by line`() async throws {
        let world = ChildWorld()
        var command = ChildCommand(["/bin/sh", "-c", "echo one >&2; printf two >&2"])
        command.emitsErrors = true
        let outcome = try await world.context.run(command)
        #expect(world.emitted.text == "one\ntwo\n")
        #expect(outcome.errorTail == ["one", "two"])
        _ = try await world.run("echo three >&2")
        #expect(world.emitted.text == "one\ntwo\n")
    }

    /// A crash is explained by the last lines of a long log.
    @Test func `The end of what a child says is kept, within bounds`() async throws {
        let outcome = try await ChildWorld().run(
            "i=0; while [ $i -lt 5000 ]; do echo line $i >&2; i=$((i+1)); done; printf last >&2")

        #expect(outcome.errorTail.last == "last")
        #expect(outcome.errorTail.count == ChildErrorTail.maximumLines)
        var tail = ChildErrorTail(maximumBytes: 8_000, logger: Logger(label: "test"))
        tail.append(Array(repeating: UInt8(ascii: "x"), count: 100_000))
        tail.finish()
        #expect(tail.lines.map(\.utf8.count).reduce(0, +) <= 8_000)
        #expect(tail.lines.allSatisfy { $0.utf8.count <= ChildErrorTail.maximumLineBytes })
    }

    /// A typing error in a configuration, or a host without the tool.
    @Test func `A program that is not there is a clear failure`() async throws {
        for program in ["scrivener-no-such-program", "/no/such/program", "/etc/passwd"] {
            let error = await #expect(throws: AgentFailure.self) {
                try await ChildWorld().context.run(ChildCommand([program]))
            }
            #expect(error?.code == "command_not_found")
        }
        for arguments in [[], [""], ["echo", "a\0b"]] {
            let error = await #expect(throws: AgentFailure.self) {
                try await ChildWorld().context.run(ChildCommand(arguments))
            }
            #expect(error?.code == "command_invalid")
        }
        let error = await #expect(throws: AgentFailure.self) {
            var command = ChildCommand(["true"])
            command.workingDirectory = "/no/such/folder"
            return try await ChildWorld().context.run(command)
        }
        #expect(error?.code == "child_not_started")
    }

    /// A tool starts a server in the background and ends; the server must not outlive the attempt, nor
    /// hold it up by the output that it has inherited.
    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `What a child leaves in the background is ended with it`(
        usesControlGroups: Bool
    ) async throws {
        let outcome = try await ChildWorld(usesControlGroups: usesControlGroups).run(
            "sleep 600 & echo $!; echo $$; exec 2>&-")

        let processes = outcome.text.split(separator: "\n").compactMap { pid_t($0) }
        #expect(processes.count == 2)
        #expect(processes.filter(isAlive) == [])
        #expect(outcome.ending == .exited(0))
    }

    /// Job control puts what runs in the background into groups of their own.
    @Test(.timeLimit(.minutes(1)))
    func `Other process groups of the child's session are ended too`() async throws {
        let world = ChildWorld(usesControlGroups: false)
        let outcome = try await world.run("set -m; sleep 600 & echo $!")
        let processes = outcome.text.split(separator: "\n").compactMap { pid_t($0) }
        #expect(processes.count == 1)
        #expect(processes.filter(isAlive) == [])
    }

    /// A daemon makes a session of its own; only its control group still names it.
    @Test(.enabled(if: ControlGroup.parent != nil), .timeLimit(.minutes(1)))
    func `A daemon is ended where there are control groups`() async throws {
        let outcome = try await ChildWorld().run(
            """
            setsid sh -c 'trap "" TERM; echo $$; sleep 600' & read -r line
            cat /proc/self/cgroup | grep ^0::
            """, input: "", grace: .milliseconds(100))

        let lines = outcome.text.split(separator: "\n")
        let processes = lines.compactMap { pid_t($0) }
        #expect(processes.count == 1)
        #expect(processes.filter(isAlive) == [])
        // Its folder is gone as well.
        let group = try #require(lines.first { $0.hasPrefix("0::") }?.dropFirst(3))
        #expect(group.contains("scrivener-child-"))
        for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            #expect(access(root + group, F_OK) != 0)
        }
    }
}
