// How an attempt at a service comes to its end.

import ScrivenerModel
import ScrivenerOutbound

/// The end of an attempt, as far as it is known.
enum HTTPEnding: Sendable {
    case completed(AgentResult)
    /// - Parameter isOver: whether the service certainly does nothing more for the attempt.
    case failed(AgentFailure, isOver: Bool)
    /// Nothing of it runs any more.
    case stopped(HTTPStopProof)
}

/// Why an attempt that was to stop counts as stopped.
enum HTTPStopProof: String, Sendable {
    /// The service said so.
    case confirmed
    /// Its deadline has certainly passed: the service knew it.
    case deadline
}

/// What one answer of a service says.
enum HTTPReply: Sendable {
    case ended(HTTPEnding)
    /// It has not begun, and is welcome after so long.
    case busy(AgentFailure, again: Duration)
    /// It goes on there.
    case accepted(at: OutboundURL)
    /// It goes on; to be looked at again after so long, where the service says so.
    case running(again: Duration?)
    /// The service cannot say; to be asked again.
    case unavailable(again: Duration?)
    /// The stream ended before the execution did.
    case cut
}
