// What breaks before a request is sent, and what breaks after it.

import NIOCore
import Testing

@testable import ScrivenerOutbound

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct TransportErrorTests {
    private static func classified(_ error: any Error, mayBeSent: Bool) -> any Error {
        TransportError.classified(
            error, idleTimeout: .seconds(1), bodyLimit: 1, mayBeSent: mayBeSent)
    }

    /// A router that says "no route" in the middle of an answer: the request has arrived, so it must go to no other
    /// address, and nobody may say that nothing of it runs. Who refuses a connection has seen nothing of it.
    @Test(arguments: [
        (EHOSTUNREACH, false, true), (EHOSTUNREACH, true, false), (ENETUNREACH, true, false),
        (ECONNREFUSED, false, true), (ECONNREFUSED, true, true), (ECONNRESET, false, false),
    ])
    func nothingIsUnreachableAnyMoreOnceItWasReached(
        code: CInt, mayBeSent: Bool, isBeforeSending: Bool
    ) throws {
        let error = Self.classified(
            IOError(errnoCode: code, reason: "connect"), mayBeSent: mayBeSent)
        let classified = try #require(error as? OutboundError)
        #expect(classified.isBeforeSending == isBeforeSending)
    }

    /// What the libraries say has the call that failed, whichever it was, and places in their sources.
    @Test func theReasonIsTold() {
        let refused = Self.classified(
            IOError(errnoCode: ECONNREFUSED, reason: "connection reset (error set)"),
            mayBeSent: false)
        #expect(refused as? OutboundError == .unreachable(reason: "Connection refused"))
        let place = "at /build/ssl/tls_record.cc:231"
        let text = "Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:"
        #expect(
            TransportError.reason(ofTLS: text + "WRONG_VERSION_NUMBER \(place)")
                == "nobody there speaks it")
        #expect(
            TransportError.reason(ofTLS: text + "CERTIFICATE_VERIFY_FAILED \(place)")
                == "CERTIFICATE_VERIFY_FAILED")
        #expect(TransportError.reason(ofTLS: "Error: 0") == nil)
    }

    @Test func aCancellationStaysOne() {
        #expect(
            Self.classified(CancellationError(), mayBeSent: true) is CancellationError)
    }
}
