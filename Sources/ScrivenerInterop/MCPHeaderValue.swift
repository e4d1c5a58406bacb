// Values of a message that stand in a header as well (MCP 2026-07-28, "Value Encoding"): as they are where they
// are plain, in Base64 between two marks where they are not.

import Foundation

package enum MCPHeaderValue {
    private static let opening = "=?base64?"
    private static let closing = "?="

    package static func encoded(_ text: String) -> String {
        guard !isPlain(text) else { return text }
        return opening + Data(text.utf8).base64EncodedString() + closing
    }

    /// `nil` where the marks stand around something else.
    package static func decoded(_ value: String) -> String? {
        guard value.hasPrefix(opening), value.hasSuffix(closing),
            value.utf8.count >= opening.utf8.count + closing.utf8.count
        else { return value }
        let coded = value.dropFirst(opening.count).dropLast(closing.count)
        return Data(base64Encoded: String(coded)).flatMap { String(data: $0, encoding: .utf8) }
    }

    private static func isPlain(_ text: String) -> Bool {
        let isVisible = text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
        let edges = [text.utf8.first, text.utf8.last]
        let isPadded = edges.contains { $0 == 0x20 || $0 == 0x09 }
        let isMarked = text.hasPrefix(opening) && text.hasSuffix(closing)
        return isVisible && !isPadded && !isMarked && !text.isEmpty
    }
}
