// Text that others wrote, on its way into a page. Quotations, titles, paths and questions may hold
// anything; after this they are one line of ordinary characters, and each renderer then escapes
// what has a meaning in its language.

enum OutsideText {
    /// One line: runs of white space as one blank, without control characters and without the marks
    /// that turn the direction of writing round (U+202A…202E, U+2066…2069: "Trojan Source", Boucher
    /// & Anderson 2021).
    static func line(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        var pendingBlank = false
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                pendingBlank = !kept.isEmpty
                continue
            }
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF,
                0xFFF9...0xFFFB:
                continue
            default: break
            }
            if pendingBlank { kept.append(" ") }
            pendingBlank = false
            kept.append(scalar)
        }
        return String(kept)
    }

    /// Whether a locator is an address that a page may link to. Only the two schemes of the web
    /// are.
    static func isWebAddress(_ locator: String) -> Bool {
        let lower = locator.lowercased()
        guard lower.hasPrefix("https://") || lower.hasPrefix("http://") else { return false }
        return !lower.contains { $0.isWhitespace || $0 == "\"" || $0 == "<" || $0 == ">" }
    }
}
