// The catalogue of errors that people and programs meet. A code is stable: it is never renamed and
// never means something else. `docs/errors.md` lists them, and a test holds the two together.

/// A stable error code.
public enum ErrorCode: String, Sendable, Codable, CaseIterable {
    // A plan that cannot be taken.
    case planInvalid = "plan_invalid"
    case planSyntax = "plan_syntax"
    case planUnknownField = "plan_unknown_field"
    case planDuplicateField = "plan_duplicate_field"
    case planMissingField = "plan_missing_field"
    case planWrongType = "plan_wrong_type"
    case planOutOfRange = "plan_out_of_range"
    case planEmptyID = "plan_empty_id"
    case planInvalidID = "plan_invalid_id"
    case planDuplicateTask = "plan_duplicate_task"
    case planUnknownDependency = "plan_unknown_dependency"
    case planDuplicateDependency = "plan_duplicate_dependency"
    case planCycle = "plan_cycle"
    case planUnknownAgent = "plan_unknown_agent"
    case planTooLarge = "plan_too_large"
    case planNoTasks = "plan_no_tasks"
    case planInvalidCallback = "plan_invalid_callback"

    // Requests.
    case sessionExists = "session_exists"
    case sessionNotFound = "session_not_found"
    case taskNotFound = "task_not_found"
    case sessionEnded = "session_ended"
    case sessionNotEnded = "session_not_ended"
    case nothingToRerun = "nothing_to_rerun"
    case workerNotFound = "worker_not_found"
    case agentNotFound = "agent_not_found"
    case routeNotFound = "route_not_found"
    case methodNotAllowed = "method_not_allowed"
    case requestInvalid = "request_invalid"
    case requestTooLarge = "request_too_large"
    case unsupportedMediaType = "unsupported_media_type"

    // Who asks, and from where.
    case tokenMissing = "token_missing"
    case tokenInvalid = "token_invalid"
    case scopeMissing = "scope_missing"
    case tooManyFailures = "too_many_failures"
    case hostNotAllowed = "host_not_allowed"
    case originNotAllowed = "origin_not_allowed"

    // The coordinator's own state.
    case overloaded = "overloaded"
    case shuttingDown = "shutting_down"
    case storageFull = "storage_full"
    case internalError = "internal_error"

    // Starting up.
    case configurationInvalid = "configuration_invalid"
    case journalLocked = "journal_locked"
    case journalNewer = "journal_newer"
    case journalOlder = "journal_older"
    case journalCorrupt = "journal_corrupt"
    case journalUnwritable = "journal_unwritable"
    case journalOnNetworkFileSystem = "journal_on_network_file_system"

    // A coordinator that is asked from elsewhere.
    case coordinatorUnreachable = "coordinator_unreachable"
    case answerUnreadable = "answer_unreadable"

    // Workers.
    case protocolVersion = "protocol_version"
    case protocolError = "protocol_error"
    case workerSuperseded = "worker_superseded"
    case registrationInvalid = "registration_invalid"
    case accessDenied = "access_denied"
    case accessRevoked = "access_revoked"

    /// Who has to change something.
    public enum Fault: String, Sendable, Codable {
        case caller, agent, worker, coordinator, environment
    }

    public var fault: Fault {
        switch self {
        case .planInvalid, .planSyntax, .planUnknownField, .planDuplicateField,
            .planMissingField, .planWrongType, .planOutOfRange, .planEmptyID, .planInvalidID,
            .planDuplicateTask, .planUnknownDependency, .planDuplicateDependency, .planCycle,
            .planUnknownAgent, .planTooLarge, .planNoTasks, .planInvalidCallback, .sessionExists,
            .sessionNotFound, .taskNotFound, .sessionEnded, .sessionNotEnded, .nothingToRerun,
            .workerNotFound, .agentNotFound, .routeNotFound, .methodNotAllowed, .requestInvalid,
            .requestTooLarge, .unsupportedMediaType, .tokenMissing, .tokenInvalid,
            .scopeMissing, .tooManyFailures, .hostNotAllowed, .originNotAllowed,
            .configurationInvalid:
            .caller
        case .overloaded, .shuttingDown, .internalError: .coordinator
        case .storageFull, .journalLocked, .journalNewer, .journalOlder, .journalCorrupt,
            .journalUnwritable, .journalOnNetworkFileSystem, .coordinatorUnreachable,
            .answerUnreadable:
            .environment
        case .protocolVersion, .protocolError, .workerSuperseded, .registrationInvalid,
            .accessDenied, .accessRevoked:
            .worker
        }
    }

    /// The status of an HTTP response that carries this error.
    public var httpStatus: Int {
        switch self {
        case .planInvalid, .planSyntax, .planUnknownField, .planDuplicateField,
            .planMissingField, .planWrongType, .planOutOfRange, .planEmptyID, .planInvalidID,
            .planDuplicateTask, .planUnknownDependency, .planDuplicateDependency, .planCycle,
            .planUnknownAgent, .planNoTasks, .planInvalidCallback:
            422
        case .requestInvalid: 400
        case .tokenMissing, .tokenInvalid: 401
        case .scopeMissing, .originNotAllowed: 403
        case .sessionNotFound, .taskNotFound, .workerNotFound, .agentNotFound, .routeNotFound: 404
        case .methodNotAllowed: 405
        case .sessionExists, .sessionEnded, .sessionNotEnded, .nothingToRerun: 409
        case .planTooLarge, .requestTooLarge: 413
        case .unsupportedMediaType: 415
        case .hostNotAllowed: 421
        case .overloaded, .tooManyFailures: 429
        case .shuttingDown, .storageFull: 503
        default: 500
        }
    }
}

/// One thing that is wrong with what somebody sent: what, where, the limit and the actual.
public struct Mistake: Sendable, Equatable, Codable {
    public var code: ErrorCode
    /// A JSON pointer (RFC 6901) into what was sent.
    public var path: String
    /// A sentence for people.
    public var message: String
    public var limit: String?
    public var actual: String?

    public init(
        _ code: ErrorCode, at path: String, _ message: String, limit: String? = nil,
        actual: String? = nil
    ) {
        self.code = code
        self.path = path
        self.message = message
        self.limit = limit
        self.actual = actual
    }
}

/// An operating error: something that people outside have to know, with a stable code.
public struct ScrivenerError: Error, Sendable, Equatable, Codable {
    public var code: ErrorCode
    public var message: String
    /// Every mistake that was found, where there are several.
    public var mistakes: [Mistake]
    /// After how many seconds it is worth trying again, where it is.
    public var retryAfterSeconds: Int?

    public init(
        _ code: ErrorCode, _ message: String, mistakes: [Mistake] = [],
        retryAfterSeconds: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.mistakes = mistakes
        self.retryAfterSeconds = retryAfterSeconds
    }

    enum CodingKeys: String, CodingKey {
        case code, message, mistakes
        case retryAfterSeconds = "retry_after_seconds"
    }
}

extension ScrivenerError: CustomStringConvertible {
    public var description: String {
        mistakes.reduce("\(code.rawValue): \(message)") { text, mistake in
            let bounds = [
                mistake.limit.map { "limit \($0)" }, mistake.actual.map { "actual \($0)" },
            ].compactMap(\.self)
            let detail = bounds.isEmpty ? "" : " (\(bounds.joined(separator: ", ")))"
            return text + "\n  \(mistake.path): \(mistake.message)\(detail)"
                + " [\(mistake.code.rawValue)]"
        }
    }
}
