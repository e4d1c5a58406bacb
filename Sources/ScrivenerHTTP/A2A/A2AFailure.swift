// What an agent of the Agent2Agent protocol answers when it does not do what it is asked: the protocol's own
// errors, with the details that it wants to have beside them.

import ScrivenerInterop
import ScrivenerModel

/// A request that is refused.
struct A2AFailure: Error {
    var error: JSONRPCError

    init(_ code: A2AErrorCode, _ message: String) {
        let information = JSONValue.object([
            ("@type", .string("type.googleapis.com/google.rpc.ErrorInfo")),
            ("reason", .string(code.reason)), ("domain", .string("a2a-protocol.org")),
        ])
        error = JSONRPCError(
            code: code.rawValue, message: message, data: .array([information]))
    }

    init(_ code: JSONRPCErrorCode, _ message: String) { error = JSONRPCError(code, message) }

    /// - Parameter field: where in the parameters the mistake is.
    init(at field: String, _ message: String) {
        self.init(mistakes: [(field, message)], "\(field): \(message)")
    }

    /// Errors of the catalogue that the protocol has a word for. `nil` for those about the coordinator's state
    /// and the caller's rights, which are problems as on every route.
    init?(_ error: ScrivenerError) {
        guard error.retryAfterSeconds == nil, error.code != .scopeMissing else { return nil }
        switch (error.code, error.code.httpStatus) {
        case (.sessionNotFound, _): self.init(.taskNotFound, error.message)
        case (.sessionEnded, _): self.init(.taskNotCancelable, error.message)
        case (_, 400..<500):
            self.init(
                mistakes: error.mistakes.map { ($0.path, $0.message) },
                "\(error.code.rawValue): \(error.message)")
        default: return nil
        }
    }

    private init(mistakes: [(field: String, message: String)], _ message: String) {
        let violations = mistakes.map { mistake in
            JSONValue.object([
                ("field", .string(mistake.field)), ("description", .string(mistake.message)),
            ])
        }
        let details = JSONValue.object([
            ("@type", .string("type.googleapis.com/google.rpc.BadRequest")),
            ("fieldViolations", .array(violations)),
        ])
        error = JSONRPCError(.invalidParams, message, data: .array([details]))
    }
}
