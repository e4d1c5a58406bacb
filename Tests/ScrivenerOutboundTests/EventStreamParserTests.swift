// A stream of events arrives in pieces that end anywhere.

import Testing

@testable import ScrivenerOutbound

struct EventStreamParserTests {
    private static let stream =
        "\u{FEFF}: hello\r\nevent: progress\nid: a-1\ndata: {\"n\":\ndata: 1}\n\n"
        + ": keep-alive\n\ndata\n\nevent: end\rdata: é\r\r"

    private static let events = [
        ServerEvent(name: "progress", data: "{\"n\":\n1}", id: "a-1"),
        ServerEvent(name: "message", data: "", id: "a-1"),
        ServerEvent(name: "end", data: "é", id: "a-1"),
    ]

    /// However the network cuts it, the events are the same.
    @Test(arguments: [1, 2, 3, 7, 1_000])
    func piecesMakeNoDifference(size: Int) throws {
        let bytes = Array(Self.stream.utf8)
        var parser = EventStreamParser()
        var found: [ServerEvent] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            found += try parser.append(bytes[start..<min(bytes.count, start + size)])
        }
        #expect(found == Self.events)
    }

    /// A stream of something else must not fill the memory.
    @Test func aLineWithoutEndIsRefused() {
        var parser = EventStreamParser(maximumLineBytes: 100)
        #expect(throws: EventStreamError.lineTooLong(limit: 100)) {
            try parser.append([UInt8](repeating: 0x61, count: 101))
        }
    }

    /// The limit is the last size that is taken, with the line ends between its lines.
    @Test func anEventMayBeAsLargeAsItsLimit() throws {
        var parser = EventStreamParser(maximumLineBytes: 100, maximumEventBytes: 9)
        let taken = try parser.append("data: 123456789\n\ndata: 1234\ndata: 1234\n\n".utf8)
        #expect(taken.map(\.data) == ["123456789", "1234\n1234"])
        #expect(throws: EventStreamError.eventTooLarge(limit: 9)) {
            try parser.append("data: 1234\ndata: 12345\n\n".utf8)
        }
    }
}
