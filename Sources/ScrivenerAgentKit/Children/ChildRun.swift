// One child process, from its start until nothing of it is left.
//
// swift-subprocess starts it and moves its bytes. What it does at cancellation is not enough here: its
// teardown ends with the child itself, and leaves what the child has started. So the task in which it
// runs is not cancelled; cancellation is one of the events that this file waits for, and whatever
// comes first, the way to the end is the same.
//
// The order is what makes it safe. The child is started as a shell that waits for a line on its
// standard input; the guard is told of it, and its control group is made; then it gets the line and
// becomes the program (`exec`). A worker that dies before that leaves a shell that reads the end of
// its input. And the child is waited for last: while it was not, its number is nobody else's.

import Foundation
import Logging
import ScrivenerModel
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct ChildRun: Sendable {
    let command: ChildCommand
    let children: ChildGuard
    let logger: Logger
    let errors: ChildErrorListener
    /// What is said with it; otherwise it gets the command's input, and its output is kept.
    var conversation: ChildConversation?

    private typealias Child = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

    private enum Event {
        /// Somebody cancels, or there is too much output.
        case stop
        case excess(ChildExcess)
        case exit
    }

    /// What the streams of a child have brought.
    private enum Part: Sendable {
        case output(ChildOutput)
        case errors(ChildErrorTail)
        case peakMemory(Int)
        case nothing
    }

    /// Runs it; see `AgentContext.run`. When the task is cancelled while it runs, a failure of class `cancelled` says
    /// what it wrote last.
    func outcome() async throws -> ChildOutcome {
        try Task.checkCancellation()
        try command.check()
        _ = Self.brokenPipesAreErrors
        let (events, source) = AsyncStream.makeStream(of: Event.self)
        let result = await withTaskCancellationHandler {
            // Not cancelled with the task around it, and awaited at once.
            await Task { await run(events, source) }.value
        } onCancel: {
            source.yield(.stop)
        }
        guard !Task.isCancelled else { throw Self.stopped(result) }
        return try result.get()
    }

    /// With its last lines: what was it doing when its time was up?
    private static func stopped(_ result: Result<ChildOutcome, AgentFailure>) -> AgentFailure {
        let tail =
            switch result {
            case .success(let outcome): outcome.errorTail
            case .failure(let failure): failure.logTail
            }
        return AgentFailure(
            .cancelled, code: "cancelled", message: "the program was stopped", logTail: tail)
    }

    /// A child that does not read its input must not end the worker. Left alone when the program has
    /// decided for itself.
    private static let brokenPipesAreErrors: Void = {
        if let handler = signal(SIGPIPE, SIG_IGN) { signal(SIGPIPE, handler) }
    }()

    private func run(
        _ events: AsyncStream<Event>, _ source: AsyncStream<Event>.Continuation
    ) async -> Result<ChildOutcome, AgentFailure> {
        do {
            let result = try await Subprocess.run(
                try await configuration(), input: .inputWriter, output: .sequence,
                error: .sequence
            ) { child in
                await accompany(child, events, source)
            }
            reapAdopted(group: result.processIdentifier.value)
            return result.closureResult.flatMap { outcome in
                var outcome = outcome
                outcome.ending =
                    switch result.terminationStatus {
                    case .exited(let code): .exited(code)
                    case .signaled(let signal): .signalled(signal)
                    }
                return .success(outcome)
            }
        } catch let failure as AgentFailure {
            return .failure(failure)
        } catch {
            return .failure(
                AgentFailure(.transient, code: "child_not_started", message: "\(error)"))
        }
    }

    // MARK: The start

    private static let startLine = "start\n"

    /// What `sh` is given before the command: it becomes the program at a line, and ends at the end of
    /// its input.
    static let starter = starterArguments(saying: "")

    /// - Parameter commands: what it says before it becomes the program.
    private static func starterArguments(saying commands: String) -> [String] {
        ["-c", "read -r start && \(commands)exec \"$@\"", "sh"]
    }

    private func configuration() async throws -> Configuration {
        let variables = command.environment.map { (Environment.Key(stringLiteral: $0), $1) }
        let environment = Environment.custom(Dictionary(variables) { first, _ in first })
        let program = try await program(in: environment)
        var options = PlatformOptions()
        // With a process group of its own, and without a terminal that it could ask for a password.
        options.createSession = true
        return Configuration(
            executable: .path("/bin/sh"),
            arguments: Arguments(
                Self.starterArguments(
                    saying: command.limits.shellCommands(grace: command.terminationGrace))
                    + [program] + command.arguments.dropFirst()),
            environment: environment,
            workingDirectory: command.workingDirectory.map { FilePath($0) },
            platformOptions: options)
    }

    /// The path of the program: the shell's own search would end as an exit code that any program
    /// may have.
    private func program(in environment: Environment) async throws(AgentFailure) -> String {
        let name = command.arguments[0]
        guard !name.contains("/") else {
            let folder = command.workingDirectory ?? FileManager.default.currentDirectoryPath
            let isAbsolute = name.hasPrefix("/")
            guard access(isAbsolute ? name : folder + "/" + name, X_OK) == 0 else {
                throw notFound(name)
            }
            return isAbsolute ? name : "./" + name
        }
        do {
            return try await Executable.name(name).resolveExecutablePath(in: environment).string
        } catch {
            throw notFound(name)
        }
    }

    private func notFound(_ name: String) -> AgentFailure {
        AgentFailure(
            .transient, code: "command_not_found", message: "there is no program \(name) here")
    }

    // MARK: While it runs

    private func accompany(
        _ child: Child, _ events: AsyncStream<Event>, _ source: AsyncStream<Event>.Continuation
    ) async -> Result<ChildOutcome, AgentFailure> {
        let process = child.processIdentifier.value
        let members: ChildMembers
        do {
            members = try guarded(process)
        } catch {
            // The end of its input ends the shell.
            try? await child.standardInputWriter.finish()
            return .failure(error)
        }
        let outcome = await withTaskGroup(
            of: Part.self, returning: Result<ChildOutcome, AgentFailure>.self
        ) { tasks in
            start(child, in: &tasks, source)
            watch(members, in: &tasks, source)
            let first = await events.first { _ in true }
            // The child was not waited for, so its number is still its own.
            let processorTime = ProcessTable.processorTime(of: process)
            await members.end(within: command.terminationGrace) {
                logger.warning(
                    "a child process does not end at SIGKILL", metadata: ["child": "\(process)"])
            }
            children.release(members)
            tasks.cancelAll()
            var outcome = await gather(&tasks)
            if case .success(var success) = outcome {
                success.processorTime = processorTime
                outcome = .success(success)
            }
            if case .excess(let excess) = first { return .failure(failure(excess, outcome)) }
            return outcome
        }
        members.controlGroup?.remove()
        return outcome
    }

    /// What the guard knows is there before the program is.
    private func guarded(_ process: pid_t) throws(AgentFailure) -> ChildMembers {
        let group = children.usesControlGroups ? ControlGroup(for: process) : nil
        let members = ChildMembers(session: process, controlGroup: group)
        try children.watch(members)
        guard let group, !group.take(process) else { return members }
        return ChildMembers(session: process, controlGroup: nil)
    }

    private func start(
        _ child: Child, in tasks: inout TaskGroup<Part>,
        _ source: AsyncStream<Event>.Continuation
    ) {
        tasks.addTask {
            await feed(child.standardInputWriter)
            return .nothing
        }
        tasks.addTask {
            .output(await output(of: child.standardOutput) { source.yield(.stop) })
        }
        tasks.addTask {
            var tail = ChildErrorTail(
                maximumBytes: command.maximumErrorBytes, logger: logger, listener: errors)
            await tail.read(child.standardError)
            return .errors(tail)
        }
        tasks.addTask {
            // The only way to hear of the end without having waited for the child: a teardown whose
            // first step is no signal and lasts longer than anything.
            await child.teardown(using: [
                .send(signal: Signal(rawValue: 0), allowedDurationToNextStep: .seconds(1 << 31))
            ])
            source.yield(.exit)
            return .nothing
        }
    }

    private func watch(
        _ members: ChildMembers, in tasks: inout TaskGroup<Part>,
        _ source: AsyncStream<Event>.Continuation
    ) {
        guard command.limits != ChildLimits() else { return }
        let meter = ChildMeter(
            limits: command.limits, members: members, processes: children.processes)
        tasks.addTask {
            var peak = 0
            if let excess = await meter.watch(peak: &peak) { source.yield(.excess(excess)) }
            return .peakMemory(peak)
        }
    }

    /// A child that does not read all of it has its reasons.
    private func feed(_ input: StandardInputWriter) async {
        if (try? await input.write(Array(Self.startLine.utf8))) != nil {
            if let conversation {
                for await bytes in conversation.input {
                    guard (try? await input.write(bytes)) != nil else { break }
                }
            } else {
                _ = try? await input.write(command.input)
            }
        }
        try? await input.finish()
    }

    private func output(
        of stream: SubprocessOutputSequence, onExcess: () -> Void
    ) async -> ChildOutput {
        guard let conversation else {
            var output = ChildOutput(limit: command.maximumOutputBytes)
            await output.read(stream, onExcess: onExcess)
            return output
        }
        var lines = ChildLines(limit: conversation.maximumLineBytes)
        await lines.read(stream, hear: conversation.hear, onExcess: onExcess)
        return lines.excess ?? ChildOutput(limit: conversation.maximumLineBytes)
    }

    private func gather(
        _ tasks: inout TaskGroup<Part>
    ) async -> Result<ChildOutcome, AgentFailure> {
        // The ending is known later.
        var outcome = ChildOutcome(ending: .exited(0))
        var excess: ChildOutput?
        for await part in tasks {
            switch part {
            case .output(let output):
                outcome.output = output.bytes
                if output.isTooLarge { excess = output }
            case .errors(let tail): outcome.errorTail = tail.lines
            case .peakMemory(let bytes): outcome.peakMemoryBytes = bytes
            case .nothing: break
            }
        }
        guard let excess else { return .success(outcome) }
        return .failure(
            AgentFailure(
                .permanent, code: "child_output_too_large",
                message: "standard output has at least \(excess.count) bytes; the limit is "
                    + "\(excess.limit)", logTail: outcome.errorTail))
    }

    private func failure(
        _ excess: ChildExcess, _ outcome: Result<ChildOutcome, AgentFailure>
    ) -> AgentFailure {
        var failure = excess.failure
        failure.logTail =
            switch outcome {
            case .success(let outcome): outcome.errorTail
            case .failure(let other): other.logTail
            }
        return failure
    }

    /// In a container whose first process is the worker, orphans become its children.
    private func reapAdopted(group: pid_t) {
        while waitpid(-group, nil, WNOHANG) > 0 {}
    }
}
