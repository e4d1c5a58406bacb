// The names that stand in messages of the Agent2Agent protocol, revision 1.0 (https://a2a-protocol.org), in its
// JSON-RPC binding.

package enum A2AProtocol {
    package static let version = "1.0"
    package static let versionHeader = "A2A-Version"
    package static let binding = "JSONRPC"
    package static let cardPath = "/.well-known/agent-card.json"
}

package enum A2AMethod {
    package static let send = "SendMessage"
    package static let stream = "SendStreamingMessage"
    package static let get = "GetTask"
    package static let list = "ListTasks"
    package static let cancel = "CancelTask"
    package static let subscribe = "SubscribeToTask"
    package static let extendedCard = "GetExtendedAgentCard"
    /// Each of them is about telling somebody over HTTP.
    package static let pushNotifications = [
        "CreateTaskPushNotificationConfig", "GetTaskPushNotificationConfig",
        "ListTaskPushNotificationConfigs", "DeleteTaskPushNotificationConfig",
    ]
}

/// Where a task of an agent is.
package enum A2ATaskState: String, Sendable, CaseIterable {
    case submitted = "TASK_STATE_SUBMITTED"
    case working = "TASK_STATE_WORKING"
    case completed = "TASK_STATE_COMPLETED"
    case failed = "TASK_STATE_FAILED"
    case cancelled = "TASK_STATE_CANCELED"
    case inputRequired = "TASK_STATE_INPUT_REQUIRED"
    case rejected = "TASK_STATE_REJECTED"
    case authRequired = "TASK_STATE_AUTH_REQUIRED"

    package var isTerminal: Bool {
        switch self {
        case .completed, .failed, .cancelled, .rejected: true
        case .submitted, .working, .inputRequired, .authRequired: false
        }
    }
}

/// The errors that the protocol adds to those of JSON-RPC.
package enum A2AErrorCode: Int64, Sendable, CaseIterable {
    case taskNotFound = -32001
    case taskNotCancelable = -32002
    case pushNotificationNotSupported = -32003
    case unsupportedOperation = -32004
    case contentTypeNotSupported = -32005
    case invalidAgentResponse = -32006
    case extendedAgentCardNotConfigured = -32007
    case extensionSupportRequired = -32008
    case versionNotSupported = -32009

    /// As `google.rpc.ErrorInfo` has it.
    package var reason: String {
        switch self {
        case .taskNotFound: "TASK_NOT_FOUND"
        case .taskNotCancelable: "TASK_NOT_CANCELABLE"
        case .pushNotificationNotSupported: "PUSH_NOTIFICATION_NOT_SUPPORTED"
        case .unsupportedOperation: "UNSUPPORTED_OPERATION"
        case .contentTypeNotSupported: "CONTENT_TYPE_NOT_SUPPORTED"
        case .invalidAgentResponse: "INVALID_AGENT_RESPONSE"
        case .extendedAgentCardNotConfigured: "EXTENDED_AGENT_CARD_NOT_CONFIGURED"
        case .extensionSupportRequired: "EXTENSION_SUPPORT_REQUIRED"
        case .versionNotSupported: "VERSION_NOT_SUPPORTED"
        }
    }
}
