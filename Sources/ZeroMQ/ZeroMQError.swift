// libzmq reports failures as numbers in `errno`, some from the system and some of its own. This
// file gives each number that callers act on a name, and remembers which call failed and for which
// endpoint. Nothing here allocates unless there is an endpoint: would-block is an everyday event.

internal import CZeroMQ

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What went wrong, in which call, and for which endpoint where there is one.
package struct ZeroMQError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// Nothing was sent: the peer's queue, or every peer's, is at its high-water mark, or
        /// there is no peer yet. Send the same message again later.
        case wouldBlock
        /// Nothing was sent: a mandatory router knows no such peer.
        case unroutable
        /// The context is shut down. Close your sockets.
        case terminated
        case addressInUse
        case addressUnavailable
        /// The endpoint is not one that this socket is bound or connected to.
        case unknownEndpoint
        /// An endpoint, option value, or key that libzmq or we refuse.
        case invalidArgument
        case permissionDenied
        case unsupported
        /// The socket's kind does not allow this call now (a reply before its request).
        case wrongState
        /// The socket is closed: by us, or because its context ended.
        case closed
        /// Out of sockets, file descriptors, threads, or memory.
        case resourceExhausted
        /// The peer sent more frames than the message has room for; the rest were thrown away.
        case tooManyFrames
        /// Any other `errno`.
        case other(Int32)
    }

    package enum Operation: String, Hashable, Sendable {
        case openContext, openSocket, openWakeUp, startThread
        case bind, unbind, connect, disconnect
        case setOption, getOption
        case send, receive, poll
        case makeKey, parseKey
    }

    package let code: Code
    package let operation: Operation
    package let endpoint: String?

    package init(_ code: Code, _ operation: Operation, endpoint: String? = nil) {
        self.code = code
        self.operation = operation
        self.endpoint = endpoint
    }

    init(errno number: Int32, _ operation: Operation, endpoint: String? = nil) {
        self.init(Code(errno: number), operation, endpoint: endpoint)
    }
}

extension ZeroMQError.Code {
    init(errno number: Int32) {
        switch number {
        case EAGAIN: self = .wouldBlock
        case EHOSTUNREACH: self = .unroutable
        case ErrorNumber.terminated: self = .terminated
        case EADDRINUSE: self = .addressInUse
        case EADDRNOTAVAIL, ENODEV: self = .addressUnavailable
        case ENOENT: self = .unknownEndpoint
        case EINVAL, ENAMETOOLONG: self = .invalidArgument
        case EACCES, EPERM: self = .permissionDenied
        case ENOTSUP, EPROTONOSUPPORT, ErrorNumber.incompatibleProtocol: self = .unsupported
        case ErrorNumber.wrongState: self = .wrongState
        case ENOTSOCK: self = .closed
        case ENOMEM, EMFILE, ENFILE, ErrorNumber.noThread: self = .resourceExhausted
        default: self = .other(number)
        }
    }
}

extension ZeroMQError: CustomStringConvertible {
    package var description: String {
        let place = endpoint.map { " (\($0))" } ?? ""
        return "ZeroMQ \(operation.rawValue)\(place): \(code)"
    }
}

extension ZeroMQError.Code: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wouldBlock: "would block"
        case .unroutable: "no such peer"
        case .terminated: "context shut down"
        case .addressInUse: "address in use"
        case .addressUnavailable: "address not available"
        case .unknownEndpoint: "no such endpoint on this socket"
        case .invalidArgument: "invalid argument"
        case .permissionDenied: "permission denied"
        case .unsupported: "not supported"
        case .wrongState: "not allowed in the socket's present state"
        case .closed: "socket closed"
        case .resourceExhausted: "out of sockets, descriptors, threads, or memory"
        case .tooManyFrames: "too many frames in one message"
        case .other(let number): String(cString: zmq_strerror(number)) + " (\(number))"
        }
    }
}

/// Makes a libzmq call, again for as long as a signal interrupts it, and hands back what failed.
enum ErrorNumber {
    static let none: Int32 = 0
    static let interrupted = EINTR
    static let wrongState = Int32(ZMQ_HAUSNUMERO) + 51
    static let incompatibleProtocol = Int32(ZMQ_HAUSNUMERO) + 52
    static let terminated = Int32(ZMQ_HAUSNUMERO) + 53
    static let noThread = Int32(ZMQ_HAUSNUMERO) + 54

    /// - Returns: `none`, or the error number of a call that answered -1.
    @inline(__always)
    static func of(_ call: () -> Int32) -> Int32 {
        while call() == -1 {
            let number = zmq_errno()
            if number != interrupted { return number }
        }
        return none
    }
}
