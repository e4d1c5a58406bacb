// Names to addresses, on threads of its own: the system's resolver blocks, for half a minute when no
// server answers, and cannot be stopped. Whoever asks can stop waiting; the thread goes on alone.

import NIOConcurrencyHelpers
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Asks the system's resolver.
package final class HostResolver: NameResolver {
    private let threads: Int
    // A pthread mutex: what it guards is made by one thread for others, and ThreadSanitizer does not see
    // `Mutex`.
    private let pool = NIOLockedValueBox<NIOThreadPool?>(nil)

    /// - Parameter threads: as many names are looked up at once. Started with the first of them.
    package init(threads: Int) { self.threads = threads }

    /// Of whoever was forgotten without `close` no thread stays.
    deinit { close() }

    package func addresses(of host: String) async throws -> [HostAddress] {
        let (answers, answer) = AsyncStream.makeStream(
            of: Result<[HostAddress], ResolutionFailure>?.self)
        started.submit { state in
            defer { answer.finish() }
            // While it stood in the queue whoever asked may have stopped waiting: then the thread is
            // for the next one, and the queue does not grow behind a server that does not answer.
            if case .terminated = answer.yield(nil) { return }
            guard state == .active else { return }
            answer.yield(Self.lookUp(host))
        }
        for await case let found? in answers { return try found.get() }
        throw CancellationError()
    }

    private var started: NIOThreadPool {
        pool.withLockedValue { pool in
            if let pool { return pool }
            let new = NIOThreadPool(numberOfThreads: threads)
            new.start()
            pool = new
            return new
        }
    }

    /// Ends the threads when they have ended what they do; nobody waits for that.
    package func close() {
        pool.withLockedValue { pool in
            pool?.shutdownGracefully { _ in }
            pool = nil
        }
    }

    private static func lookUp(_ host: String) -> Result<[HostAddress], ResolutionFailure> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_flags = AI_ADDRCONFIG
        #if canImport(Glibc)
            hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        var code = getaddrinfo(host, nil, &hints, &list)
        if code != 0, code != EAI_AGAIN {
            // A machine with nothing but loopback has no address configured.
            hints.ai_flags = 0
            code = getaddrinfo(host, nil, &hints, &list)
        }
        guard code == 0 else {
            return .failure(ResolutionFailure(reason: String(cString: gai_strerror(code))))
        }
        defer { freeaddrinfo(list) }
        var found: [HostAddress] = []
        var next = list
        while let entry = next {
            if let address = address(entry.pointee), !found.contains(address) {
                found.append(address)
            }
            next = entry.pointee.ai_next
        }
        guard !found.isEmpty else {
            return .failure(ResolutionFailure(reason: "the name has no address"))
        }
        return .success(found)
    }

    private static func address(_ entry: addrinfo) -> HostAddress? {
        guard let place = entry.ai_addr else { return nil }
        let raw = UnsafeRawPointer(place)
        switch entry.ai_family {
        case AF_INET:
            var address = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            return written(AF_INET, &address, count: 4)
        case AF_INET6:
            var address = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return written(AF_INET6, &address, count: 16)
        default: return nil
        }
    }

    private static func written<Address>(
        _ family: CInt, _ address: inout Address, count: Int
    ) -> HostAddress? {
        withUnsafeBytes(of: &address) { raw in
            var text = [CChar](repeating: 0, count: 64)
            guard let start = raw.baseAddress,
                inet_ntop(family, start, &text, socklen_t(text.count)) != nil
            else { return nil }
            let end = text.firstIndex(of: 0) ?? text.count
            return HostAddress(
                bytes: Array(raw.prefix(count)),
                text: String(decoding: text[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
    }
}
