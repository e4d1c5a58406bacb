// The shell around `ClusterMachine`: starts processes, reads their lines, takes signals, waits until
// the cluster is ready, and stops it.

import ScrivenerClient
import ScrivenerModel
import UnixSignals

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Runs a cluster from its start to its end.
struct ClusterSupervisor: Sendable {
    /// The time between SIGTERM and SIGKILL.
    static let grace = Duration.seconds(10)
    /// How long the cluster may take to be ready.
    static let readyWithin = Duration.seconds(60)
    static let firstProbeAfter = Duration.milliseconds(50)
    static let maximumProbeInterval = Duration.milliseconds(500)
    /// How often the coordinator is asked how many workers its pools should have: it works that out once a
    /// second.
    static let watchInterval = Duration.seconds(1)

    let layout: ClusterLayout
    let log: ClusterLog
    let ownProgram: String
    /// Called once, when the coordinator is ready and all workers are registered.
    let onReady: @Sendable () -> Void

    /// Returns when no process is left.
    func run() async -> ClusterOutcome {
        let (events, source) = AsyncStream<ClusterMachine.Event>.makeStream(
            bufferingPolicy: .bufferingOldest(65_536))
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        return await withTaskGroup(of: Void.self, returning: ClusterOutcome.self) { group in
            group.addTask { for await _ in signals { source.yield(.stopRequested) } }
            source.yield(.begin)
            defer { group.cancelAll() }
            return await attend(events) { work in
                group.addTask { if let event = await work() { source.yield(event) } }
            }
        }
    }

    /// Something that takes a while and ends in an event.
    private typealias Work = @Sendable () async -> ClusterMachine.Event?

    private func attend(
        _ events: AsyncStream<ClusterMachine.Event>, spawn: (@escaping Work) -> Void
    ) async -> ClusterOutcome {
        let start = ContinuousClock.now
        var machine = ClusterMachine(processes: layout.processes, pools: layout.pools)
        var handles: [Int: ChildHandle] = [:]
        for await event in events {
            for effect in machine.handle(event, at: .now - start) {
                switch effect {
                case .start(let index):
                    let handle = ChildHandle()
                    handles[index] = handle
                    spawn { await runProcess(index, handle: handle) }
                case .restartLater(let index, let delay):
                    spawn { await Self.later(.restartDue(index), after: delay) }
                case .probe: spawn { await probe() }
                case .watch(let leaving): spawn { await watch(leaving) }
                case .announce: onReady()
                case .log(let text): log.writeOwn(text)
                case .terminate(let indices):
                    for index in indices { handles[index]?.send(SIGTERM) }
                    spawn { await Self.later(.graceOver, after: Self.grace) }
                case .kill(let indices):
                    for index in indices { handles[index]?.send(SIGKILL) }
                case .finish(let outcome): return outcome
                }
            }
        }
        return .stopped
    }

    private func runProcess(
        _ index: Int, handle: ChildHandle
    ) async -> ClusterMachine.Event? {
        let process = layout.processes[index]
        let child = ChildProcess(
            process: process, ownProgram: ownProgram,
            environment: process.role == .command
                ? [CoordinatorAddress.environmentName: layout.url] : [:])
        let ending = await child.run(handle: handle) { line in
            log.write(line, name: process.name, number: index)
        }
        return .ended(index, ending)
    }

    private static func later(
        _ event: ClusterMachine.Event, after delay: Duration
    ) async -> ClusterMachine.Event? {
        do { try await Task.sleep(for: delay) } catch { return nil }
        return event
    }

    // MARK: Pools

    /// Asks again and again, as anybody has to who starts and stops workers.
    private func watch(_ leaving: [Int]) async -> ClusterMachine.Event? {
        guard let address = CoordinatorAddress(layout.url) else { return nil }
        let found = try? await APIClient.connected(to: address) { client in
            for index in leaving { _ = try? await client.drain(layout.processes[index].name) }
            try await Task.sleep(for: Self.watchInterval)
            return readings(of: try await client.pools().value.records)
        }
        if found == nil {
            do { try await Task.sleep(for: Self.watchInterval) } catch { return nil }
        }
        return .watched(found ?? [])
    }

    private func readings(of records: [WorkerPoolRecord]) -> [ClusterMachine.PoolReading] {
        records.compactMap { record in
            guard let pool = layout.pools.firstIndex(where: { $0.name == record.name }) else {
                return nil
            }
            let members = layout.pools[pool].members
            return ClusterMachine.PoolReading(
                pool: pool, desired: record.desired,
                mayLeave: members.filter { record.mayLeave.contains(layout.processes[$0].name) },
                reason: record.reason)
        }
    }

    // MARK: Readiness

    /// Asks again and again, for a bounded time: a process that starts has no way to call us.
    private func probe() async -> ClusterMachine.Event? {
        guard let address = CoordinatorAddress(layout.url) else {
            return .notReady("\(layout.url) is not a URL")
        }
        let start = ContinuousClock.now
        var interval = Self.firstProbeAfter
        var missing = "the coordinator does not answer"
        let event = try? await APIClient.connected(to: address) { client in
            while ContinuousClock.now - start < Self.readyWithin {
                try await Task.sleep(for: interval)
                interval = min(Self.maximumProbeInterval, interval * 2)
                guard let found = await whatIsMissing(client) else {
                    return ClusterMachine.Event.ready
                }
                missing = found
            }
            return .notReady(
                "not ready after \(Readable.seconds(Self.readyWithin.inSeconds)): \(missing)")
        }
        return event
    }

    /// `nil` when nothing is missing.
    private func whatIsMissing(_ client: APIClient) async -> String? {
        do {
            _ = try await client.get(["readyz"])
            let workers = try await client.workers().value.records
            let connected = Set(workers.filter { $0.state == "connected" }.map(\.workerID))
            let absent = layout.processes
                .filter { $0.role == .worker && !$0.isSpare && !connected.contains($0.name) }
                .map(\.name)
            return absent.isEmpty ? nil : "not registered: \(absent.joined(separator: ", "))"
        } catch let error as APIError {
            return error.failure.message
        } catch {
            return "\(error)"
        }
    }
}
