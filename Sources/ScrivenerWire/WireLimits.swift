// How much one message may hold. Both sides refuse more, so that no peer can make the other spend
// memory without bound. `docs/protocol.md` lists the limits.

import ScrivenerModel

/// Limits on a message. All sizes are in bytes.
package struct WireLimits: Sendable, Equatable {
    // MARK: Messages

    /// One frame.
    package var messageBytes = 8 << 20
    /// Rows of a dispatch, of results, of checkpoints, of output, of progress; types and sessions of a
    /// dispatch.
    package var batchItems = 4_096
    /// Inputs of all items of a dispatch, each time that an item names one.
    package var batchInputs = 65_536
    /// Attempts in one list of a registration, a welcome, a cancel and the like.
    package var attemptReferences = 250_000

    /// What agents say, in one message.
    package var outputBytes = 1 << 20

    // MARK: Texts

    /// Ids, names, task types, capabilities, tags, versions, host names, error codes.
    package var identifierBytes = 256
    /// Queries, descriptions, reasons, progress and failure messages, pieces of output.
    package var textBytes = 64 << 10

    // MARK: Registration

    package var poolNameBytes = PoolSpecification.maximumNameLength
    package var agentsPerWorker = 256
    package var capabilitiesPerAgent = 64
    package var tagsPerAgent = 64
    package var slotsPerAgent: Int32 = 10_000
    package var resourcesPerWorker = 64
    /// Journals that a worker has set results aside for.
    package var parkedJournals = 16
    /// Lines that a worker tells of what a process before it logged last.
    package var deathLogLines = 128
    /// What is said of one agent's health.
    package var healthMessageBytes = AgentHealth.maximumMessageBytes

    // MARK: Payloads

    /// A result's payload, and an input's.
    package var resultBytes = 1 << 20
    /// A task's parameters.
    package var parameterBytes = 1 << 20
    /// What an attempt keeps for the next one.
    package var checkpointBytes = AttemptCheckpoint.maximumBytes
    /// The tasks that a result proposes.
    package var proposedTasksBytes = 1 << 20

    // MARK: Findings

    /// Findings as a whole.
    package var findingsBytes = 1 << 20
    package var sources = 1_000
    package var authorsPerSource = 256
    package var insights = 1_000
    package var evidencesPerInsight = 64
    package var relatedSourcesPerInsight = 1_000
    package var tagsPerInsight = 64
    package var citations = 1_000
    package var sectionsPerDocument = 1_000
    /// Locators, titles, topics, authors, headings, dates, tags.
    package var findingNameBytes = 8 << 10
    /// Summaries and quotes.
    package var findingTextBytes = 64 << 10

    // MARK: Usage and failure

    package var usageBytes = 1 << 10
    /// A failure as a whole.
    package var failureBytes = 256 << 10
    package var stackTraceBytes = 128 << 10
    package var logTailLines = 1_000

    package init() {}

    /// What the protocol promises to take.
    package static let standard = WireLimits()
}
