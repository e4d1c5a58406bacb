// Where a request goes. The grammar of the part that decides whom a request reaches is that of callbacks:
// what two readers of URLs might read in two ways is refused. The rest is taken as the web writes it, and
// spelled as RFC 3986 has it.

import FoundationEssentials
package import ScrivenerModel

/// An `http` or `https` URL that can be asked.
package struct OutboundURL: Sendable, Hashable {
    /// Its scheme and host in lower case; without a fragment.
    package let text: String
    /// A name, or an address; an IPv6 address without its brackets.
    package let host: String
    package let port: Int

    /// - Throws: `OutboundError.invalidURL`, without any of the text in it: it may hold a secret.
    package init(_ text: String) throws(OutboundError) {
        do {
            self.init(try CallbackURL(Self.spelled(text)))
        } catch {
            throw .invalidURL(reason: error.message)
        }
    }

    package init(_ url: CallbackURL) {
        text = url.text
        host = url.host
        port = url.port
    }

    package var isSecure: Bool { text.hasPrefix("https:") }

    /// Who is asked: what two URLs have in common that reach the same server.
    package var origin: String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Without the query, which often holds a secret.
    package var shown: String {
        text.firstIndex(of: "?").map { String(text[..<$0]) } ?? text
    }

    /// The path with its query; begins with `/`.
    package var path: String {
        let authority = text.utf8.firstIndex(of: UInt8(ascii: ":")).map {
            text.utf8.index($0, offsetBy: 3)
        }
        let rest = text[(authority ?? text.startIndex)...]
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
    }

    /// What a reference in a document at this URL leads to (RFC 3986, section 5).
    ///
    /// - Throws: `OutboundError.invalidURL`.
    package func resolving(_ reference: String) throws(OutboundError) -> OutboundURL {
        let spelled = Self.spelled(reference)
        guard let base = URL(string: text),
            let url = URL(string: spelled.isEmpty ? text : spelled, relativeTo: base)
        else { throw .invalidURL(reason: "the reference cannot be read") }
        return try OutboundURL(url.absoluteString)
    }

    /// Without white space around it and without its fragment; bytes that no URL may have (RFC 3986, section
    /// 2) percent-encoded behind the authority. Within the authority they stay what they are, and are refused.
    private static func spelled(_ text: String) -> String {
        var bytes = text.utf8.drop { $0 <= 0x20 }[...]
        while let last = bytes.last, last <= 0x20 { bytes = bytes.dropLast() }
        if let fragment = bytes.firstIndex(of: UInt8(ascii: "#")) { bytes = bytes[..<fragment] }
        let start = pathStart(bytes)
        var spelled = Array(bytes[..<start])
        for byte in bytes[start...] {
            if (0x21...0x7E).contains(byte), !"\"<>\\^`{|}".utf8.contains(byte) {
                spelled.append(byte)
            } else {
                spelled += Array(
                    "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8)
            }
        }
        return String(decoding: spelled, as: UTF8.self)
    }

    /// Where the authority ends: a URL's, or that of a reference that has one.
    private static func pathStart(_ bytes: Substring.UTF8View) -> String.Index {
        let slashes = Array("//".utf8)
        var place = bytes.startIndex
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            !bytes[..<colon].contains(where: { "/?".utf8.contains($0) })
        {
            place = bytes.index(after: colon)
        }
        guard bytes[place...].starts(with: slashes) else { return bytes.startIndex }
        let authority = bytes[bytes.index(place, offsetBy: 2)...]
        return authority.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
            ?? bytes.endIndex
    }
}

extension OutboundURL: CustomStringConvertible {
    package var description: String { shown }
}
