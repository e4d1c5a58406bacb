// The last of what one attempt's agent said. Bytes are counted from the first that came, so that a reader's
// place stays true while the beginning is let go.

/// What is held of one attempt's output.
struct OutputTail {
    /// How much is held of one attempt.
    static let maximumBytes = 64 << 10
    /// So much more is let gather before the beginning is let go, so that little is moved.
    private static let slack = 16 << 10

    /// Whose places readers have: no other tail has the same, in this process or in another.
    let series: String
    /// How many bytes lie before those that are held.
    private(set) var start = 0
    private(set) var bytes: [UInt8] = []

    init(series: String) { self.series = series }

    /// How much memory it takes: more than is held, so that the next words need no more.
    var reservedBytes: Int { bytes.capacity }

    /// How many bytes have come.
    var end: Int { start + bytes.count }

    /// - Parameter dropped: how many bytes after the text were left out on the way.
    mutating func append(_ text: String, dropped: Int64) {
        append(text.utf8)
        if dropped > 0 { append("\n[\(dropped) bytes of output were left out]\n".utf8) }
    }

    /// What has grown to half of what is held gets room for all of it at once, and never for more.
    private mutating func append(_ text: String.UTF8View) {
        let count = bytes.count + text.count
        if count > Self.maximumBytes / 2 {
            bytes.reserveCapacity(Self.maximumBytes + Self.slack)
        }
        guard count > Self.maximumBytes + Self.slack else {
            return bytes.append(contentsOf: text)
        }
        letGo(min(count - Self.maximumBytes, bytes.count))
        let excess = max(0, text.count - Self.maximumBytes)
        bytes.append(contentsOf: text.dropFirst(excess))
        start += excess
        // No character is cut.
        letGo(bytes.prefix(while: isContinuation).count)
    }

    private mutating func letGo(_ count: Int) {
        bytes.removeFirst(count)
        start += count
    }

    /// Some of what is held, from a place on.
    ///
    /// - Returns: what begins there, or with what is held when that place is not.
    func part(from place: Int, limit: Int) -> OutputPart {
        // A place within a character was not given out.
        let isHeld =
            place == end
            || (start..<end).contains(place) && !isContinuation(bytes[place - start])
        let first = isHeld ? place - start : 0
        var last = first + min(bytes.count - first, max(limit, 0))
        while last > first, last < bytes.count, isContinuation(bytes[last]) { last -= 1 }
        return OutputPart(
            series: series, offset: start + first, next: start + last,
            text: String(decoding: bytes[first..<last], as: UTF8.self), isContinued: isHeld)
    }

    private func isContinuation(_ byte: UInt8) -> Bool { byte & 0b1100_0000 == 0b1000_0000 }
}

/// A part of what an attempt's agent said.
package struct OutputPart: Sendable, Equatable {
    /// What its places are counted in.
    package var series: String
    /// Where it begins, in bytes from the first that the agent said, and where it ends.
    package var offset: Int
    package var next: Int
    package var text: String
    /// Whether it begins where it was asked for.
    package var isContinued: Bool
}
