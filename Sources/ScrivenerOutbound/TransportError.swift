// What the libraries below report, in our terms.

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

enum TransportError {
    /// Cancellation stays what it is, and so does what is classified already.
    ///
    /// - Parameter mayBeSent: whether the request may have been sent. A host may become unreachable in the middle of
    ///   an exchange as well, and then another address must not be tried, nor nothing be said to have arrived.
    static func classified(
        _ error: any Error, idleTimeout: Duration, bodyLimit: Int, mayBeSent: Bool
    ) -> any Error {
        if error is CancellationError || error is OutboundError { return error }
        if Task.isCancelled { return CancellationError() }
        return switch error {
        case let error as IOError: classified(error, mayBeSent)
        case let error as HTTPClientError: classified(error, idleTimeout)
        case let error as NIOHTTPDecompression.DecompressionError where error == .limit:
            OutboundError.tooLarge(.body, limit: bodyLimit)
        case HTTPParserError.headerOverflow: OutboundError.broken(reason: "the head is too large")
        case NIOSSLError.handshakeFailed(let reason):
            OutboundError.unreachable(reason: "TLS: \(words(reason))")
        case is NIOSSLExtraError: OutboundError.unreachable(reason: "TLS: \(cut(error))")
        default: OutboundError.broken(reason: cut(error))
        }
    }

    private static func classified(_ error: IOError, _ mayBeSent: Bool) -> OutboundError {
        switch error.errnoCode {
        // These are of a connection that does not come about, whenever they are told.
        case ECONNREFUSED, EADDRNOTAVAIL, EAFNOSUPPORT: .unreachable(reason: words(error))
        case EHOSTUNREACH where !mayBeSent, ENETUNREACH where !mayBeSent:
            .unreachable(reason: words(error))
        default: .broken(reason: words(error))
        }
    }

    /// The library's own description names the call that failed as well, whatever it was.
    private static func words(_ error: IOError) -> String {
        String(cString: strerror(error.errnoCode))
    }

    private static func words(_ error: BoringSSLError) -> String {
        guard case .sslError(let stack) = error, let first = stack.first else { return cut(error) }
        return reason(ofTLS: "\(first)") ?? cut(error)
    }

    /// The reason alone, such as `CERTIFICATE_VERIFY_FAILED`: BoringSSL's text also has the place in its sources.
    static func reason(ofTLS text: String) -> String? {
        guard let mark = text.firstRange(of: "OPENSSL_internal:") else { return nil }
        let reason = text[mark.upperBound...].prefix { !$0.isWhitespace }
        return reason == "WRONG_VERSION_NUMBER" ? "nobody there speaks it" : String(reason)
    }

    private static func classified(
        _ error: HTTPClientError, _ idleTimeout: Duration
    ) -> OutboundError {
        switch error {
        case .connectTimeout: .unreachable(reason: "the connection took too long")
        case .tlsHandshakeTimeout: .unreachable(reason: "the TLS handshake took too long")
        case .deadlineExceeded, .readTimeout: .timedOut(limit: idleTimeout)
        case .remoteConnectionClosed: .broken(reason: "it was closed without an answer")
        case .invalidURL: .invalidURL(reason: "two readers disagree on its host")
        default: .broken(reason: error.description)
        }
    }

    private static func cut(_ error: any Error) -> String { String("\(error)".prefix(200)) }
}
