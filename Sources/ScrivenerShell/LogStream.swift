// Where events of the log are written. Their values come from workers, clients and files as well, and nobody of these
// may write what looks like another event, or what a terminal takes for a command.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard error, an event at a time. The further lines of an event are indented, and no control character but the
/// tab is written as it is.
struct LogStream: TextOutputStream, Sendable {
    mutating func write(_ event: String) {
        var text = Self.harmless(event)
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Self.systemWrite(rest)
                if count < 0, errno == EINTR { continue }
                // Nobody reads it.
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    /// - Parameter event: as it was formatted, with its last line feed.
    static func harmless(_ event: String) -> String {
        var text = ""
        var isFurtherLine = false
        for scalar in event.unicodeScalars {
            if isFurtherLine, scalar != " " { text += " " }
            isFurtherLine = scalar == "\n"
            if isFurtherLine || scalar == "\t" || scalar.properties.generalCategory != .control {
                text.unicodeScalars.append(scalar)
            } else {
                text += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return text
    }

    private static func systemWrite(_ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        #endif
    }
}
