// Server-sent events out of bytes, as the WHATWG HTML standard defines their interpretation
// (section 9.2.6, "Interpreting an event stream"). A pure machine: bytes in, events out, whatever
// the pieces in which they arrive. Deviation: lines and events have a limit, and going past it is an
// error instead of a growing buffer.

/// One event of a stream.
package struct ServerEvent: Sendable, Equatable {
    /// `message` when the stream names none.
    package var name: String
    package var data: String
    /// The last id that the stream gave, up to and including this event.
    package var id: String?

    package init(name: String, data: String, id: String? = nil) {
        self.name = name
        self.data = data
        self.id = id
    }
}

/// What a stream may not do.
package enum EventStreamError: Error, Sendable, Equatable {
    case lineTooLong(limit: Int)
    case eventTooLarge(limit: Int)
}

/// Parses a stream of events. Start a new one for each connection.
package struct EventStreamParser: Sendable {
    /// A large pool is shown as one line.
    package static let maximumLineBytes = 32 << 20

    /// Where the parser is within the line structure.
    private enum State {
        /// Nothing has been read: a byte order mark may come.
        case beginning
        case inLine
        /// The last byte was CR: a LF right after it belongs to the same line end.
        case afterCarriageReturn
    }

    private var state = State.beginning
    private var line: [UInt8] = []
    private var name = ""
    private var data: [UInt8] = []
    private var hasData = false
    private var lastID: String?
    private let lineLimit: Int
    private let eventLimit: Int

    /// - Parameter eventLimit: of the data of one event; that of a line when it is not said.
    package init(
        maximumLineBytes lineLimit: Int = Self.maximumLineBytes,
        maximumEventBytes eventLimit: Int? = nil
    ) {
        self.lineLimit = lineLimit
        self.eventLimit = eventLimit ?? lineLimit
    }

    /// Takes bytes and returns the events that they complete.
    package mutating func append(
        _ bytes: some Sequence<UInt8>
    ) throws(EventStreamError) -> [ServerEvent] {
        var events: [ServerEvent] = []
        for byte in bytes {
            let endsLineAlready = state == .afterCarriageReturn && byte == 0x0A
            if state == .afterCarriageReturn { state = .inLine }
            if endsLineAlready { continue }
            guard byte == 0x0A || byte == 0x0D else {
                guard line.count < lineLimit else {
                    throw .lineTooLong(limit: lineLimit)
                }
                line.append(byte)
                continue
            }
            if let event = try endLine() { events.append(event) }
            state = byte == 0x0D ? .afterCarriageReturn : .inLine
        }
        return events
    }

    private mutating func endLine() throws(EventStreamError) -> ServerEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        var content = line[...]
        if state == .beginning, content.starts(with: [0xEF, 0xBB, 0xBF]) {
            content = content.dropFirst(3)
        }
        if content.isEmpty { return endEvent() }
        guard let colon = content.firstIndex(of: UInt8(ascii: ":")) else {
            try take(field: content, value: [])
            return nil
        }
        // A line that begins with a colon is a comment.
        guard colon > content.startIndex else { return nil }
        var value = content[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        try take(field: content[..<colon], value: value)
        return nil
    }

    private mutating func take(
        field: ArraySlice<UInt8>, value: ArraySlice<UInt8>
    ) throws(EventStreamError) {
        switch String(decoding: field, as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "data":
            guard data.count + (hasData ? 1 : 0) + value.count <= eventLimit else {
                throw .eventTooLarge(limit: eventLimit)
            }
            if hasData { data.append(0x0A) }
            data.append(contentsOf: value)
            hasData = true
        case "id" where !value.contains(0): lastID = String(decoding: value, as: UTF8.self)
        default: break
        }
    }

    private mutating func endEvent() -> ServerEvent? {
        defer {
            name = ""
            data.removeAll(keepingCapacity: true)
            hasData = false
        }
        guard hasData else { return nil }
        return ServerEvent(
            name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self),
            id: lastID)
    }
}
