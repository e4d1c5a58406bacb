// What happens to a process that serves and to its attempts, and what is done about it.

import ScrivenerAgentKit
import ScrivenerModel

/// What happens.
enum ServeEvent: Sendable, Equatable {
    /// The process is wanted.
    case wanted
    /// An attempt has come. The line is what its program is to hear.
    case started(id: String, line: [UInt8])
    case cancelled(id: String)
    case healthAsked(id: String)
    case said(process: Int, ServeMessage)
    /// The process and all that it had started are gone.
    case ended(process: Int, ProcessEnd)
    /// No attempt will come any more.
    case closed
    /// A deadline may have passed.
    case tick
}

/// How a process ended.
enum ProcessEnd: Sendable, Equatable {
    /// By itself, or because somebody wanted it to.
    case ended(AgentFailure)
    /// It was stopped, for more than it may.
    case stopped(AgentFailure)

    var failure: AgentFailure {
        switch self {
        case .ended(let failure), .stopped(let failure): failure
        }
    }
}

/// What is done.
enum ServeEffect: Equatable {
    case start(process: Int)
    /// The process hears it.
    case say([UInt8])
    /// The process hears no more, and should end.
    case endInput
    /// The process is ended, with all that it has started.
    case kill
    /// The process is there, or `wanted` has failed.
    case announce(AgentFailure?)
    case answerHealth(id: String, AgentCondition)
    case progress(id: String, Double, message: String)
    case output(id: String, String)
    case checkpoint(id: String, [UInt8])
    /// The attempt has ended: nothing of it runs any more.
    case end(id: String, ServeMessage.AttemptEnd)
    /// Nothing is left to do, for ever.
    case finish
}
