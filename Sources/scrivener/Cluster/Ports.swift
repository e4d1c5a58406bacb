// Ports of the loopback interface: are they free, which are, and who holds those that are not.
//
// A port that was found free may be taken before the coordinator binds it. That race cannot be
// closed from outside of the coordinator; for ports that were chosen here the start is repeated
// with others.

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Asks the kernel about ports of 127.0.0.1.
enum Ports {
    /// Real ports for the wanted ones: each 0 becomes one that is free now, all different.
    ///
    /// - Throws: `CommandFailure` when one that was asked for is taken.
    static func resolve(_ wanted: [(option: String, port: Int)]) throws -> [Int] {
        // All stay bound until all are known, so that no two are the same.
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try wanted.map { option, port in
            let (socket, bound) = try bind(port, option: option)
            sockets.append(socket)
            return bound
        }
    }

    /// Whether something listens there.
    static func isTaken(_ port: Int) -> Bool {
        guard let (socket, _) = try? bind(port, option: "") else { return true }
        close(socket)
        return false
    }

    private static func bind(
        _ port: Int, option: String
    ) throws -> (socket: Int32, port: Int) {
        #if canImport(Darwin) || canImport(Musl)
            let type = SOCK_STREAM
        #else
            let type = Int32(SOCK_STREAM.rawValue)
        #endif
        let descriptor = socket(AF_INET, type, 0)
        guard descriptor >= 0 else {
            throw CommandFailure("no socket: \(SystemError.text(errno))")
        }
        // As servers do: a connection that lingers in TIME_WAIT does not count.
        var yes: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let problem = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int32 in
                guard systemBind(descriptor, address, length) == 0,
                    listen(descriptor, 1) == 0,
                    getsockname(descriptor, address, &length) == 0
                else { return errno }
                return 0
            }
        }
        guard problem == 0 else {
            close(descriptor)
            throw failure(port, option: option, code: problem)
        }
        return (descriptor, Int(in_port_t(bigEndian: address.sin_port)))
    }

    private static func failure(_ port: Int, option: String, code: Int32) -> CommandFailure {
        guard code == EADDRINUSE else {
            return CommandFailure(
                "port \(port) of 127.0.0.1 cannot be used: \(SystemError.text(code))",
                hint: "Choose another with \(option) PORT, or a free one with \(option) 0.")
        }
        let owner = PortOwner.find(port: port).map { "; \($0.described) has it" } ?? ""
        return CommandFailure(
            "port \(port) of 127.0.0.1 is in use" + owner,
            hint: "If that is another cluster, stop it or use it as it is.\n"
                + "To see who listens: ss -ltnp 'sport = :\(port)'\n"
                + "Choose another with \(option) PORT, or a free one with \(option) 0.")
    }
}

private func systemBind(
    _ descriptor: Int32, _ address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t
) -> Int32 {
    bind(descriptor, address, length)
}
