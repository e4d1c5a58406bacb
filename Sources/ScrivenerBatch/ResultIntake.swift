// Takes results in: their bytes go into the open batch, the machine gets numbers. Tasks that a
// result proposes are read and checked here, as a plan is at submission: an agent's output is data,
// and becomes part of a plan only where the plan gave that task the right.

package import ScrivenerCore
package import ScrivenerModel
package import ScrivenerWire

/// Turns results from the wire into events.
package struct ResultIntake {
    private let planLimits: PlanLimits
    private let catalogue: AgentCatalogue?

    /// How much of a failure's message instances' metrics show.
    private static let complaintLength = 200

    /// - Parameters:
    ///   - planLimits: what tasks that a result proposes are held to.
    ///   - catalogue: the agents that they may name; any, where there is none.
    package init(planLimits: PlanLimits, catalogue: AgentCatalogue?) {
        self.planLimits = planLimits
        self.catalogue = catalogue
    }

    /// - Parameter row: the sequence number that the batch will be committed under.
    package func take(
        _ result: AttemptResult, core: inout OrchestratorCore, batch: inout OpenBatch, row: Int64
    ) -> EndedAttempt {
        var taken = result.result
        var proposed: TaskColumns?
        var proposalBase = 0
        if let proposal = taken.proposedTasks, taken.failure == nil,
            let context = core.extensionContext(for: result.attempt)
        {
            do throws(ScrivenerError) {
                proposed = try read(proposal, context, batch: &batch, row: row)
                proposalBase = context.existingIDs.count
            } catch {
                taken = .failed(Self.failure(error))
            }
        }
        // What was proposed is in the graph; keeping it twice would serve nobody.
        taken.proposedTasks = nil
        let record = batch.keep(
            payload: taken.payload.bytes, annex: WireCodec.encode(annexOf: taken), row: row)
        return EndedAttempt(
            attempt: result.attempt, runTime: max(.zero, result.runTime),
            failure: taken.failure?.failureClass,
            isHandedBack: taken.failure?.isHandedBack ?? false,
            complaint: taken.failure.map(Self.complaint),
            peakMemoryBytes: Int64(max(0, taken.usage.peakMemoryBytes)), record: record,
            summary: FindingsSummary(taken.findings), proposed: proposed,
            proposalBase: proposalBase)
    }

    /// Results with nothing but payloads.
    package func take(_ results: PlainResults, batch: inout OpenBatch, row: Int64) -> [EndedAttempt]
    {
        var ended: [EndedAttempt] = []
        ended.reserveCapacity(results.attempts.count)
        results.forEach { attempt, runTime, payload in
            let kept =
                payload.isEmpty
                ? batch.keep(RawJSON.null.bytes, row: row) : batch.keep(payload, row: row)
            let record = ResultHandle(
                row: kept.row, offset: kept.offset, payloadLength: kept.length, annexLength: 0)
            ended.append(
                EndedAttempt(attempt: attempt, runTime: runTime, failure: nil, record: record))
        }
        return ended
    }

    /// How many lines of what was logged last are kept for each attempt.
    private static let deathLogLines = 20
    /// What is kept of one death altogether, in bytes. Further attempts have nothing of their own.
    private static let deathBytes = 1 << 20

    /// What a worker tells of the death of the process before it, as a result of each attempt that ran
    /// there. Those that logged nothing share one.
    package func deaths(
        toldBy registration: WorkerRegistration, core: inout OrchestratorCore,
        batch: inout OpenBatch, row: Int64
    ) -> [AttemptDeath] {
        guard let death = registration.death, death.journalID == core.journalID else { return [] }
        var room = Self.deathBytes
        var shared: ResultHandle?
        return Set(death.attempts).sorted().compactMap { attempt in
            guard core.countsDeath(of: attempt, workerID: registration.workerID) else {
                return nil
            }
            let lines = death.log.filter { $0.attempt == attempt }.suffix(Self.deathLogLines)
            if lines.isEmpty || room <= 0, let shared {
                return AttemptDeath(attempt, record: shared)
            }
            let result = AgentResult.failed(
                AgentFailure(
                    .workerLost, code: "worker_died",
                    message: "the worker's process \(death.cause.text)",
                    worker: registration.workerID,
                    logTail: room > 0 ? lines.map(\.text) : []))
            let annex = WireCodec.encode(annexOf: result)
            room -= annex.count
            let record = batch.keep(payload: result.payload.bytes, annex: annex, row: row)
            if result.failure?.logTail.isEmpty == true { shared = record }
            return AttemptDeath(attempt, record: record)
        }
    }

    private func read(
        _ proposal: RawJSON, _ context: ExtensionContext, batch: inout OpenBatch, row: Int64
    ) throws(ScrivenerError) -> TaskColumns {
        let existing = (0..<context.existingIDs.count).map { context.existingIDs[$0] }
        let tasks = try PlanParser.proposedTasks(
            fromJSON: proposal.bytes, existing: existing, defaults: context.config,
            limits: planLimits, catalogue: catalogue)
        var (columns, payload) = PlanCompiler.columns(
            tasks, following: context.existingIDs, config: context.config)
        columns.specificationPayload = batch.keep(payload, row: row)
        return columns
    }

    private static func complaint(_ failure: AgentFailure) -> String {
        String(String.UnicodeScalarView(failure.message.unicodeScalars.prefix(complaintLength)))
    }

    private static func failure(_ error: ScrivenerError) -> AgentFailure {
        let first = error.mistakes.first.map { "; \($0.path): \($0.message)" } ?? ""
        return AgentFailure(
            .permanent, code: "proposed_tasks_invalid", message: error.message + first)
    }
}
