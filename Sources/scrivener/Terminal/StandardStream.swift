// Writing to stdout and stderr without a buffer in between: `print` is block-buffered into a pipe,
// and a reader at its other end would see progress only when it is over.

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One of the two standard streams that a command writes to.
enum StandardStream: Int32, Sendable {
    /// For data.
    case output = 1
    /// For progress and errors.
    case error = 2

    /// Writes all of the text at once. Ends the process, as SIGPIPE would, when nobody reads.
    func write(_ text: String) {
        write(Array(text.utf8))
    }

    func write(_ bytes: [UInt8]) {
        guard FileWriter.write(bytes, to: rawValue) == EPIPE else { return }
        exit(128 + SIGPIPE)
    }

    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Columns of the terminal that the stream is connected to.
    var columns: Int {
        size.map { Int($0.ws_col) } ?? EnvironmentVariable.read("COLUMNS").flatMap(Int.init) ?? 80
    }

    /// Lines of the terminal that the stream is connected to.
    var rows: Int {
        size.map { Int($0.ws_row) } ?? EnvironmentVariable.read("LINES").flatMap(Int.init) ?? 24
    }

    private var size: winsize? {
        var size = winsize()
        let asked = ioctl(rawValue, UInt(TIOCGWINSZ), &size)
        return asked == 0 && size.ws_col > 0 && size.ws_row > 0 ? size : nil
    }
}

/// Whole writes to a file descriptor.
enum FileWriter {
    /// Returns 0, or the `errno` of the write that failed.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                #if canImport(Darwin)
                    let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                    let count = Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                    let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #endif
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&waiting, 1, 1_000)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }
}

/// The environment of the process.
enum EnvironmentVariable {
    /// The value, or `nil` when it is unset or empty.
    static func read(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}

/// What may be shown on a stream.
struct TerminalStyle: Sendable, Equatable {
    /// Whether cursor movements may be used.
    var isAnimated: Bool
    var hasColour: Bool
    /// Whether more than ASCII can be drawn.
    var hasUnicode: Bool

    static let plain = TerminalStyle(isAnimated: false, hasColour: false, hasUnicode: false)

    /// Of a stream, by what it is connected to and by `NO_COLOR`, `TERM` and the locale.
    static func of(_ stream: StandardStream) -> TerminalStyle {
        guard stream.isTerminal, EnvironmentVariable.read("TERM") != "dumb" else { return .plain }
        let locale =
            EnvironmentVariable.read("LC_ALL") ?? EnvironmentVariable.read("LC_CTYPE")
            ?? EnvironmentVariable.read("LANG") ?? ""
        return TerminalStyle(
            isAnimated: true, hasColour: EnvironmentVariable.read("NO_COLOR") == nil,
            hasUnicode: locale.lowercased().contains("utf"))
    }

    func coloured(_ text: String, _ colour: Colour) -> String {
        hasColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// SGR parameters.
    enum Colour: Int, Sendable, CaseIterable {
        case red = 31
        case green = 32
        case yellow = 33
        case blue = 34
        case magenta = 35
        case cyan = 36
        case grey = 90
    }
}
