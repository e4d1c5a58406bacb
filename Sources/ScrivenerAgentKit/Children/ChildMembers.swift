// All that a child consists of: its session with the process groups in it, and its control group.

import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct ChildMembers: Sendable {
    /// The number of the child, of its session and of its process group. Taken as long as the child
    /// was not waited for, so nobody else can be meant.
    let session: pid_t
    let controlGroup: ControlGroup?

    private var groups: Set<pid_t> { ProcessTable.groups(inSession: session) }

    private var isAnyAlive: Bool { controlGroup?.isPopulated ?? false || !groups.isEmpty }

    /// What all of it uses at the moment, or a little before.
    func use(in processes: ProcessSampler) -> ProcessUse {
        var use = processes.use(session: session, and: controlGroup?.members ?? [])
        // Counts also what has ended and what nobody has waited for.
        if let time = controlGroup?.processorTime { use.processorTime = time }
        return use
    }

    /// Ends what still lives, politely at first, and returns when nothing does.
    ///
    /// - Parameter warn: called when that takes long after SIGKILL, which a process in an
    ///   uninterruptible wait can bring about.
    func end(within grace: Duration, warn: () -> Void) async {
        if isAnyAlive {
            terminate()
            await settle(until: .now.advanced(by: grace))
        }
        // In any case: one that was just being born when the table was read has not been seen, and
        // the kernel lets no signal to a group come between.
        killAll()
        guard await !settle(until: .now.advanced(by: Self.killPatience)) else { return }
        warn()
        while isAnyAlive {
            // What changed its group while it was being killed.
            killAll()
            await settle(until: .now.advanced(by: Self.killPatience))
        }
    }

    private static let killPatience = Duration.seconds(10)

    private func terminate() {
        let groups = groups.union([session])
        for signal in [SIGTERM, SIGCONT] {
            // SIGCONT: one that was stopped could not act on the other.
            for group in groups { send(signal, toGroup: group) }
            controlGroup?.signal(signal)
        }
    }

    private func killAll() {
        for group in groups.union([session]) { send(SIGKILL, toGroup: group) }
        controlGroup?.killAll()
    }

    private func send(_ signal: Int32, toGroup group: pid_t) {
        // 0 and 1 would mean the worker's own group, and everybody.
        if group > 1 { kill(-group, signal) }
    }

    /// Waits until nothing lives. The kernel tells nobody when a session is empty, so it is asked, at
    /// growing intervals.
    ///
    /// - Returns: whether nothing does.
    @discardableResult
    private func settle(until deadline: ContinuousClock.Instant) async -> Bool {
        var pause = Duration.milliseconds(1)
        while isAnyAlive {
            guard ContinuousClock.now < deadline else { return false }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
        return true
    }
}
