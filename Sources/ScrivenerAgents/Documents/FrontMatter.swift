// The block of `key: value` lines that static site generators (Jekyll, Hugo) read at the top of a
// Markdown file. Only flat keys and simple lists are understood; the rest is ignored.

/// What front matter says about a document.
struct FrontMatter {
    private(set) var title: String?
    private(set) var authors: [String] = []
    private(set) var date: String?

    /// A longer block is not front matter.
    private static let maximumLines = 100

    /// Reads the front matter, if the lines begin with one, and removes it from them.
    init(removingFrom lines: inout ArraySlice<Substring>) {
        guard let first = lines.first, Self.isMark(first, "---") else { return }
        let body = lines.dropFirst()
        let end = body.prefix(Self.maximumLines).firstIndex {
            Self.isMark($0, "---") || Self.isMark($0, "...")
        }
        guard let end else { return }
        var key = ""
        for line in body[..<end] { read(line, &key) }
        lines = lines[(end + 1)...]
    }

    private mutating func read(_ line: Substring, _ key: inout String) {
        let content = line.drop { $0 == " " }
        if content.hasPrefix("- ") {
            take(key, content.dropFirst(2))
        } else if let colon = content.firstIndex(of: ":"), content.startIndex == line.startIndex {
            key = content[..<colon].lowercased()
            take(key, content[content.index(after: colon)...])
        }
    }

    private mutating func take(_ key: String, _ raw: Substring) {
        let value = Self.unquoted(WhiteSpace.folded(raw))
        guard !value.isEmpty else { return }
        switch key {
        case "title": title = title ?? value
        case "date", "published", "updated", "last_modified_at":
            date = date ?? PublicationDate.describe(value)
        case "author", "authors":
            let list = value.hasPrefix("[") && value.hasSuffix("]")
            let names = list ? value.dropFirst().dropLast().split(separator: ",") : [value[...]]
            let cleaned = names.map { Self.unquoted(WhiteSpace.folded($0)) }
            authors += cleaned.filter { !$0.isEmpty && !authors.contains($0) }
        default: break
        }
    }

    private static func isMark(_ line: Substring, _ mark: String) -> Bool {
        WhiteSpace.folded(line) == mark
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, let first = text.first, first == text.last,
            first == "\"" || first == "'"
        else { return text }
        return String(text.dropFirst().dropLast())
    }
}
