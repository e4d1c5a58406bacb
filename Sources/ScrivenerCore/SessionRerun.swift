// What makes a session one that runs another again: which tasks that one had gained, and which of its
// results are taken over. The fact follows the session's opening, in the same batch.

package import ScrivenerModel

/// That a session runs one that has ended again.
package struct SessionRerun: Sendable, Equatable {
    package var session: Int64
    /// The id of the session that is run again. It may be gone by now.
    package var of: String
    /// Tasks that the other session gained while it ran, and that this one has from the first. Their
    /// session is this one.
    package var additions: [GraphExtension]
    package var reused: [ReusedResult]

    package init(
        session: Int64, of: String, additions: [GraphExtension] = [], reused: [ReusedResult]
    ) {
        self.session = session
        self.of = of
        self.additions = additions
        self.reused = reused
    }
}

/// A committed result that a session takes over, and the attempt in the other session that it came from.
package struct ReusedResult: Sendable, Equatable {
    /// The task's number in the session that takes it over.
    package var task: Int32
    package var attempt: Int32
    package var worker: Int32
    package var agent: Int32
    package var dispatchedAt: WallTime
    package var endedAt: WallTime
    package var runTime: TimeSpan
    /// In the payload of the commit that brought it, which belongs to both sessions from now on.
    package var record: ResultHandle
    package var summary: FindingsSummary

    package init(
        task: Int32, attempt: Int32, worker: Int32, agent: Int32, dispatchedAt: WallTime,
        endedAt: WallTime, runTime: TimeSpan, record: ResultHandle, summary: FindingsSummary
    ) {
        self.task = task
        self.attempt = attempt
        self.worker = worker
        self.agent = agent
        self.dispatchedAt = dispatchedAt
        self.endedAt = endedAt
        self.runTime = runTime
        self.record = record
        self.summary = summary
    }

    /// How its attempt ended.
    var ending: AttemptEnding {
        AttemptEnding(
            outcome: .completed, runTime: runTime, record: record, summary: summary,
            disposition: .final)
    }
}

/// That a session's facts name bytes which came with an earlier commit.
package struct PayloadClaim: Sendable, Hashable {
    package var session: Int64
    /// The commit's sequence number.
    package var row: Int64

    package init(session: Int64, row: Int64) {
        self.session = session
        self.row = row
    }
}

extension SessionRerun {
    /// The earlier commits whose bytes the session names, each once and in order.
    ///
    /// - Parameter plan: what the session was opened with.
    func claims(with plan: TaskColumns) -> [PayloadClaim] {
        let specifications = [plan] + additions.map(\.tasks)
        let rows =
            specifications.map(\.specificationPayload.row) + reused.map(\.record.row)
        return Set(rows).sorted().map { PayloadClaim(session: session, row: $0) }
    }
}
