// A request to run a session again, as the shell makes it from what is kept of the one that has ended.

/// A session that is to be opened as the rerun of another.
package struct RerunSubmission: Sendable {
    /// The id of the session that is run again.
    package var of: String
    /// Its plan, under the new session's id. The specifications lie where they lay.
    package var plan: CompiledPlan
    /// Tasks that it gained, as `SessionRerun` has them. The machine numbers their session.
    package var additions: [GraphExtension]
    package var results: [KeptResult]

    package init(
        of: String, plan: CompiledPlan, additions: [GraphExtension], results: [KeptResult]
    ) {
        self.of = of
        self.plan = plan
        self.additions = additions
        self.results = results
    }
}

/// A result that is taken over.
package struct KeptResult: Sendable {
    /// The task's number in the new session.
    package var task: Int32
    /// The attempt that it came from.
    package var execution: ExecutionSnapshot
    package var record: ResultHandle
    package var summary: FindingsSummary

    package init(
        task: Int32, execution: ExecutionSnapshot, record: ResultHandle, summary: FindingsSummary
    ) {
        self.task = task
        self.execution = execution
        self.record = record
        self.summary = summary
    }
}
