// JSON as models write it: by itself where the endpoint holds them to it, and otherwise often behind
// reasoning in a tag, within a fence of Markdown, or both.

import ScrivenerModel

enum ModelJSON {
    /// The value that a model's text is.
    ///
    /// - Throws: why it is none.
    static func value(of text: String) throws(JSONError) -> JSONValue {
        do {
            return try RawJSON(text).value()
        } catch {
            guard let inner = unwrapped(text) else { throw error }
            return try RawJSON(inner).value()
        }
    }

    /// The text without what surrounds its JSON; `nil` where nothing does.
    private static func unwrapped(_ text: String) -> String? {
        var rest = text[...]
        if let end = rest.ranges(of: "</think>").last { rest = rest[end.upperBound...] }
        if let opening = rest.firstRange(of: "```"),
            let line = rest[opening.upperBound...].firstIndex(where: \.isNewline),
            let closing = rest.ranges(of: "```").last, closing.lowerBound > line
        {
            rest = rest[line..<closing.lowerBound]
        }
        return rest.count < text.count ? String(rest) : nil
    }
}
