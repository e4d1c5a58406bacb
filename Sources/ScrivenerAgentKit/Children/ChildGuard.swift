// Kills a worker's children when the worker dies, in whatever way: no handler runs at SIGKILL, but the
// kernel closes the dead process's descriptors.
//
// The guard is one small shell script per worker, in a process group of its own. Only the worker holds the
// other end of its standard input, and writes which children there are; at the end of that input the
// script kills those that are left. So that there is no moment between the start of a child and its
// line here, the child is a shell that waits for a word before it becomes the program that was meant
// (`ChildRun`), and ends at the end of *its* input. A child's line is taken back while the child was
// not waited for, so that no other process can have its number by then.
//
// The kernel's own means are not enough: PR_SET_PDEATHSIG reaches the child and none of its children.

import Foundation
package import Logging
import ScrivenerModel
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The guard of one worker's children. Started with the first child; when nobody holds this any more,
/// it ends.
package final class ChildGuard: Sendable {
    private struct State {
        var process: GuardProcess?
        /// What the guard was told and has not been told to forget, by session.
        var lines: [pid_t: String] = [:]
    }

    private let state = Mutex(State())
    private let logger: Logger
    /// Whether children get control groups, where there are any.
    let usesControlGroups: Bool
    /// What children use.
    let processes = ProcessSampler()

    package init(logger: Logger, usesControlGroups: Bool = true) {
        self.logger = logger
        self.usesControlGroups = usesControlGroups
    }

    /// The script's own process, when it runs.
    var processID: pid_t? { state.withLock { $0.process?.processID } }

    /// The children that it would kill.
    var watched: Set<pid_t> { state.withLock { Set($0.lines.keys) } }

    /// Returns when the child is sure to be killed with the worker.
    func watch(_ members: ChildMembers) throws(AgentFailure) {
        let path = members.controlGroup?.path ?? ""
        let isWatched = state.withLock { state in
            state.lines[members.session] = "+ \(members.session) \(path)\n"
            if let process = state.process, process.tell(state.lines[members.session] ?? "") {
                return true
            }
            if replace(&state) { return true }
            state.lines[members.session] = nil
            return false
        }
        guard isWatched else {
            throw AgentFailure(
                .transient, code: "child_not_started",
                message: "the guard over child processes cannot be started")
        }
    }

    /// To be called before the child is waited for.
    func release(_ members: ChildMembers) {
        state.withLock { state in
            state.lines[members.session] = nil
            if let process = state.process, !process.tell("- \(members.session)\n") {
                // It must not act on what it still believes.
                _ = replace(&state)
            }
        }
    }

    // MARK: The script

    /// Starts a guard that knows all children, in the place of one that is dead or does not read.
    private func replace(_ state: inout State) -> Bool {
        state.process?.end()
        state.process = nil
        guard let process = GuardProcess.start(onEnd: { [weak self] in self?.ended($0) }) else {
            logger.error("the guard over child processes cannot be started")
            return false
        }
        guard state.lines.sorted(by: { $0.key < $1.key }).allSatisfy({ process.tell($0.value) })
        else {
            process.end()
            return false
        }
        state.process = process
        return true
    }

    /// Somebody has killed the guard while its worker lives.
    private func ended(_ processID: pid_t) {
        state.withLock { state in
            guard state.process?.processID == processID else { return }
            state.process = nil
            guard !state.lines.isEmpty else { return }
            logger.warning("the guard over child processes has ended; another is started")
            _ = replace(&state)
        }
    }
}
