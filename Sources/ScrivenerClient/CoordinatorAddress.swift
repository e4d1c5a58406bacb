// Where the coordinator is, checked before anything is sent there.

/// The base URL of a coordinator's API.
package struct CoordinatorAddress: Sendable, Equatable, CustomStringConvertible {
    package static let environmentName = "SCRIVENER_COORDINATOR"
    package static let fallback = "http://127.0.0.1:7411"

    /// Without a slash at its end.
    package let base: String

    /// Takes an absolute http or https URL with a host, and no query or fragment.
    package init?(_ text: String) {
        let lowered = text.lowercased()
        guard let scheme = ["http://", "https://"].first(where: { lowered.hasPrefix($0) }),
            text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }),
            !text.contains(where: { $0 == "?" || $0 == "#" })
        else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard let first = authority.first, first != ":", !authority.contains("@") else {
            return nil
        }
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let port = Int(authority[authority.index(after: colon)...]),
                (1...65_535).contains(port)
            else { return nil }
        }
        var base = text
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
    }

    package var description: String { base }

    /// Whether the coordinator is on this host, as far as the name says.
    package var isLoopback: Bool {
        guard let start = base.firstRange(of: "://")?.upperBound else { return false }
        let host = base[start...].prefix { $0 != "/" }.lowercased()
        let names = ["localhost", "127.0.0.1", "[::1]"]
        return names.contains { host == $0 || host.hasPrefix($0 + ":") }
    }

    package var isOverTLS: Bool { base.lowercased().hasPrefix("https://") }

    /// The URL of a path below the base, each part percent-encoded.
    package func url(_ parts: [String], query: [(name: String, value: String)] = []) -> String {
        var url = base + parts.map { "/" + Self.encoded($0) }.joined()
        for (index, item) in query.enumerated() {
            url +=
                (index == 0 ? "?" : "&") + Self.encoded(item.name) + "="
                + Self.encoded(item.value)
        }
        return url
    }

    /// Everything but the unreserved characters of RFC 3986, and `:`, is percent-encoded.
    static func encoded(_ text: String) -> String {
        // A path of dots alone would be taken for a step through the hierarchy.
        guard text != ".", text != ".." else { return text.map { _ in "%2E" }.joined() }
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}
