// The whole terminal for as long as a command needs it: the other screen of the terminal, without a
// cursor and without lines to be typed, and afterwards everything as it was.

import Dispatch

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The terminal is given back when the last reference goes. One at a time.
final class Screen {
    private let earlier: termios
    private let keys: any DispatchSourceRead

    /// - Parameters:
    ///   - onKey: gets each byte that is typed.
    /// - Returns: `nil` where there is no terminal to read from and to write to.
    init?(onKey: @escaping @Sendable (UInt8) -> Void) {
        guard StandardStream.output.isTerminal, isatty(0) == 1,
            EnvironmentVariable.read("TERM") != "dumb"
        else { return nil }
        var settings = termios()
        guard tcgetattr(0, &settings) == 0 else { return nil }
        earlier = settings
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        guard tcsetattr(0, TCSANOW, &settings) == 0 else { return nil }
        keys = DispatchSource.makeReadSource(fileDescriptor: 0)
        keys.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(0, &bytes, bytes.count)
            for byte in bytes.prefix(max(0, count)) { onKey(byte) }
        }
        keys.resume()
        StandardStream.output.write("\u{1B}[?1049h\u{1B}[?25l")
    }

    deinit {
        keys.cancel()
        StandardStream.output.write("\u{1B}[?25h\u{1B}[?1049l")
        var settings = earlier
        tcsetattr(0, TCSANOW, &settings)
    }

    /// Draws the lines from the top, and nothing else.
    func draw(_ lines: [String]) {
        // Line by line over what is there: clearing first would flicker.
        let text = lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
        StandardStream.output.write("\u{1B}[H" + text + "\u{1B}[J")
    }
}
