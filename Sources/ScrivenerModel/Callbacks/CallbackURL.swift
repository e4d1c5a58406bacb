// Where a callback goes. The grammar is narrower than RFC 3986: what two readers of URLs might read
// in two ways is refused, because one of them decides whether the address may be called and the other
// calls it.

/// An `http` or `https` URL that a callback may have.
public struct CallbackURL: Sendable, Equatable {
    /// The longest, in bytes.
    public static let maximumBytes = 2_048

    /// The URL, its scheme and host in lower case.
    public let text: String
    /// A name, or an address; an IPv6 address without its brackets.
    public let host: String
    public let port: Int
    /// How much of `text` may be shown: without the query, which often holds a token.
    private let shownBytes: Int

    /// The URL as it may be shown to whoever may see the session.
    public var shown: String { String(decoding: text.utf8.prefix(shownBytes), as: UTF8.self) }

    /// - Throws: `CallbackDefect`, without any of the text in it: it may hold a password.
    public init(_ text: String) throws(CallbackDefect) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumBytes else {
            throw CallbackDefect(
                "the URL is too long", limit: "\(Self.maximumBytes) bytes",
                actual: "\(bytes.count) bytes")
        }
        guard let scheme = Self.scheme(bytes) else {
            throw CallbackDefect("must be an http or https URL", limit: "https://, http://")
        }
        let rest = bytes[scheme.text.utf8.count...]
        guard rest.allSatisfy(Self.isAllowed) else {
            throw CallbackDefect(
                "has a character that a URL may not have, or a fragment",
                limit: "printable ASCII but \"<>\\^`{|}#")
        }
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        let authority = rest[..<(end ?? rest.endIndex)]
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw CallbackDefect("must not have a user or a password")
        }
        let place = try Self.place(authority)
        host = place.host
        port = place.port ?? scheme.port
        var path = String(decoding: rest[(end ?? rest.endIndex)...], as: UTF8.self)
        if path.first != "/" { path = "/" + path }
        let host = place.isLiteral ? "[\(place.host)]" : place.host
        self.text = scheme.text + host + (place.port.map { ":\($0)" } ?? "") + path
        let query = self.text.utf8.firstIndex(of: UInt8(ascii: "?")) ?? self.text.utf8.endIndex
        shownBytes = self.text.utf8.distance(from: self.text.utf8.startIndex, to: query)
    }

    private static func scheme(_ bytes: [UInt8]) -> (text: String, port: Int)? {
        let known = [("https://", 443), ("http://", 80)]
        return known.first { text, _ in
            bytes.starts(with: text.utf8) { lowercase($0) == $1 }
        }
    }

    /// - Parameter authority: without user information.
    private static func place(
        _ authority: ArraySlice<UInt8>
    ) throws(CallbackDefect) -> (host: String, isLiteral: Bool, port: Int?) {
        let isLiteral = authority.first == UInt8(ascii: "[")
        let hostEnd =
            isLiteral
            ? authority.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 }
            : authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
        guard let hostEnd else { throw hostDefect }
        let name = isLiteral ? authority[..<hostEnd].dropFirst().dropLast() : authority[..<hostEnd]
        guard !name.isEmpty, name.allSatisfy(isLiteral ? isOfAddress : isOfName) else {
            throw hostDefect
        }
        let host = String(decoding: name.map(lowercase), as: UTF8.self)
        let rest = authority[hostEnd...]
        guard let colon = rest.first else { return (host, isLiteral, nil) }
        let digits = rest.dropFirst()
        guard colon == UInt8(ascii: ":"), digits.allSatisfy(isDigit),
            let port = Int(String(decoding: digits, as: UTF8.self)), (1...65_535).contains(port)
        else { throw CallbackDefect("the port is wrong", limit: "1…65535") }
        return (host, isLiteral, port)
    }

    private static let hostDefect = CallbackDefect(
        "the host is wrong", limit: "a name of a–z 0–9 . - _, or an address")

    // MARK: Characters

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"\"<>\\^`{|}#".utf8.contains(byte)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch lowercase(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: isDigit(byte)
        }
    }

    private static func isOfAddress(_ byte: UInt8) -> Bool {
        switch lowercase(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: ":"), UInt8(ascii: "."): true
        default: isDigit(byte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension CallbackURL: CustomStringConvertible {
    public var description: String { shown }
}
