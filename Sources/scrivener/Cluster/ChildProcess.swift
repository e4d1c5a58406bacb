// One child process: started so that it dies with us, its output read line by line, its end told.
//
// swift-subprocess 1.0.2 offers no hook that runs in the child on Linux, so the child is this same
// program as `exec-bound`, which asks the kernel for SIGKILL at its parent's death and then becomes
// the program that was meant (`BoundExecutionCommand`). The kernel means the *thread* that started
// the child; swift-subprocess starts all of them on one thread that lives as long as the process.

import Subprocess
import Synchronization

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Sends signals to a child, from the moment that it is planned until it has ended.
final class ChildHandle: Sendable {
    private enum State {
        /// `pending` are sent as soon as it runs.
        case starting(pending: [Int32])
        /// A negative number is a process group.
        case running(pid_t)
        case ended
    }

    private let state = Mutex(State.starting(pending: []))

    /// Of the child, while it runs.
    var processID: pid_t? {
        state.withLock { if case .running(let target) = $0 { abs(target) } else { nil } }
    }

    func send(_ signal: Int32) {
        state.withLock { state in
            switch state {
            case .starting(let pending): state = .starting(pending: pending + [signal])
            case .running(let target): _ = kill(target, signal)
            case .ended: break
            }
        }
    }

    fileprivate func started(_ target: pid_t) {
        state.withLock { state in
            if case .starting(let pending) = state {
                for signal in pending { _ = kill(target, signal) }
            }
            state = .running(target)
        }
    }

    fileprivate func ended() {
        state.withLock { $0 = .ended }
    }
}

/// Runs a program as a child.
struct ChildProcess: Sendable {
    let process: ClusterProcess
    /// This program's own file.
    let ownProgram: String
    let environment: [String: String]

    /// Runs the child to its end, handing on each line that it prints.
    func run(
        handle: ChildHandle, onLine: @escaping @Sendable (String) -> Void
    ) async -> ProcessEnding {
        defer { handle.ended() }
        do {
            let status =
                process.role == .command
                ? try await runInForeground(handle) : try await runLogged(handle, onLine)
            switch status {
            case .exited(let code): return .exited(code)
            case .signaled(let signal): return .signalled(signal)
            }
        } catch {
            return .notStarted("\(error)")
        }
    }

    private func runLogged(
        _ handle: ChildHandle, _ onLine: @escaping @Sendable (String) -> Void
    ) async throws -> TerminationStatus {
        // A group of its own: Ctrl-C in a terminal is for us, who stop the children in order.
        let result = try await Subprocess.run(
            configuration(ownGroup: true), input: .none, output: .sequence,
            error: .combinedWithOutput
        ) { execution in
            handle.started(-execution.processIdentifier.value)
            var lines = LineSplitter()
            for try await buffer in execution.standardOutput {
                let bytes = buffer.withUnsafeBytes { Array($0) }
                for line in lines.append(bytes) { onLine(line) }
            }
            if let line = lines.finish() { onLine(line) }
        }
        return result.terminationStatus
    }

    private func runInForeground(_ handle: ChildHandle) async throws -> TerminationStatus {
        // On a terminal the command stays in the foreground group, or it could not read from it.
        let ownGroup = isatty(0) != 1
        let result = try await Subprocess.run(
            configuration(ownGroup: ownGroup), input: .currentStandardInput,
            output: .currentStandardOutput, error: .currentStandardError
        ) { execution in
            let pid = execution.processIdentifier.value
            handle.started(ownGroup ? -pid : pid)
        }
        return result.terminationStatus
    }

    private func configuration(ownGroup: Bool) -> Configuration {
        var options = PlatformOptions()
        if ownGroup { options.processGroupID = 0 }
        options.teardownSequence = [
            .gracefulShutDown(allowedDurationToNextStep: ClusterSupervisor.grace)
        ]
        let updates = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        return Configuration(
            executable: .path(FilePath(ownProgram)),
            arguments: Arguments(
                BoundExecutionCommand.arguments(
                    parent: getpid(), program: process.program,
                    arguments: process.arguments)),
            environment: .inherit.updating(
                Dictionary(updates.map { ($0.0, Optional($0.1)) }) { first, _ in first }),
            platformOptions: options)
    }
}

/// Cuts bytes into lines. Pure; a line that is too long is handed on in pieces.
struct LineSplitter: Sendable {
    static let maximumLineBytes = 16_384

    private var line: [UInt8] = []

    /// The lines that the bytes complete.
    mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte != 0x0A { line.append(byte) }
            guard byte == 0x0A || line.count >= Self.maximumLineBytes else { continue }
            lines.append(take())
        }
        return lines
    }

    /// What stands after the last line break, if anything does.
    mutating func finish() -> String? {
        line.isEmpty ? nil : take()
    }

    private mutating func take() -> String {
        defer { line.removeAll(keepingCapacity: true) }
        if line.last == 0x0D { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }
}
