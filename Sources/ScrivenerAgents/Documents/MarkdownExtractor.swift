// Markdown, as far as running text needs it (the blocks of CommonMark 0.31, chapters 4 and 5):
// headings of both kinds, paragraphs, list items, quotes; fenced and indented code, tables, rules
// and raw HTML blocks are left out. Front matter (a block of `key: value` lines between `---`)
// gives title, authors and date, as static site generators read it.

import ScrivenerModel

/// Reads Markdown.
struct MarkdownExtractor {
    private var document: DocumentText
    private var stack = HeadingStack()
    private var paragraph: [String] = []
    private var fence: Substring?
    /// Text that follows an item, indented, belongs to it and is no code.
    private var isInItem = false

    static func extract(_ text: String, fallbackTitle: String) -> DocumentText {
        var lines = ArraySlice(
            text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline))
        let front = FrontMatter(removingFrom: &lines)
        var extractor = MarkdownExtractor(
            document: DocumentText(title: "", kind: .documentation))
        for line in lines { extractor.read(line) }
        extractor.flush()
        var document = extractor.document
        document.title = front.title ?? document.headings.first ?? fallbackTitle
        document.authors = front.authors
        document.published = front.date ?? document.published
        if !front.authors.isEmpty, front.date != nil { document.kind = .webArticle }
        return document
    }

    private init(document: DocumentText) { self.document = document }

    private mutating func read(_ line: Substring) {
        let content = line.drop { $0 == " " || $0 == "\t" }
        if let fence {
            if content.hasPrefix(fence), content.allSatisfy({ fence.contains($0) || $0 == " " }) {
                self.fence = nil
            }
            return
        }
        let indent = line.count - content.count
        if !content.isEmpty, indent < 2, paragraph.isEmpty, Self.listItem(content) == nil {
            isInItem = false
        }
        if content.isEmpty {
            flush()
        } else if let mark = Self.fenceMark(content) {
            flush()
            fence = mark
        } else if line.hasPrefix("\t") || indent >= 4, paragraph.isEmpty, !isInItem {
            return
        } else {
            readText(content)
        }
    }

    private mutating func readText(_ content: Substring) {
        if let heading = Self.atxHeading(content) {
            flush()
            add(heading: heading.text, level: heading.level)
        } else if let level = Self.underlineLevel(content), !paragraph.isEmpty {
            let text = paragraph.joined(separator: "\n")
            paragraph = []
            add(heading: text, level: level)
        } else if Self.isRule(content) || Self.isTableRow(content) {
            flush()
        } else if content.hasPrefix("<"), paragraph.isEmpty, !content.hasPrefix("<http") {
            return
        } else if content.hasPrefix(">") {
            readText(content.drop { $0 == ">" || $0 == " " })
        } else if let item = Self.listItem(content) {
            flush()
            isInItem = true
            paragraph = [String(item)]
        } else {
            paragraph.append(String(content))
        }
    }

    private mutating func add(heading: String, level: Int) {
        let text = MarkdownInline.plain(heading)
        guard !text.isEmpty else { return }
        isInItem = false
        stack.add(text, level: level, scope: 0)
        document.headings.append(text)
    }

    private mutating func flush() {
        guard !paragraph.isEmpty else { return }
        let text = MarkdownInline.plain(paragraph.joined(separator: "\n"))
        paragraph = []
        if let date = PublicationDate.lastModified(inLine: text) {
            document.published = date
        } else if WhiteSpace.wordCount(text) >= HTMLPassageCollector.minimumWords {
            document.passages.append(Passage(headings: stack.texts, text: text))
        }
    }

    // MARK: Lines

    private static func fenceMark(_ content: Substring) -> Substring? {
        for mark in ["```", "~~~"] where content.hasPrefix(mark) {
            return content.prefix { $0 == mark.first }
        }
        return nil
    }

    private static func atxHeading(_ content: Substring) -> (level: Int, text: String)? {
        let marks = content.prefix { $0 == "#" }
        guard (1...6).contains(marks.count) else { return nil }
        let rest = content.dropFirst(marks.count)
        guard rest.isEmpty || rest.first == " " || rest.first == "\t" else { return nil }
        var text = WhiteSpace.folded(rest)
        let closing = text.reversed().prefix { $0 == "#" }.count
        if closing == text.count || text.dropLast(closing).hasSuffix(" ") {
            text = String(text.dropLast(closing))
        }
        return (marks.count, text)
    }

    private static func underlineLevel(_ content: Substring) -> Int? {
        let text = content.trimmingSuffix(while: \.isWhitespace)
        if text.allSatisfy({ $0 == "=" }) { return 1 }
        if text.allSatisfy({ $0 == "-" }) { return 2 }
        return nil
    }

    private static func isRule(_ content: Substring) -> Bool {
        let marks = content.filter { !$0.isWhitespace }
        guard marks.count >= 3, let first = marks.first, "-*_".contains(first) else { return false }
        return marks.allSatisfy { $0 == first }
    }

    private static func isTableRow(_ content: Substring) -> Bool {
        content.hasPrefix("|")
    }

    /// What follows the mark of a list item.
    private static func listItem(_ content: Substring) -> Substring? {
        if let first = content.first, "-*+".contains(first), content.dropFirst().first == " " {
            return content.dropFirst(2)
        }
        let digits = content.prefix { $0.isASCII && $0.isNumber }
        guard (1...9).contains(digits.count) else { return nil }
        let rest = content.dropFirst(digits.count)
        guard rest.first == "." || rest.first == ")", rest.dropFirst().first == " " else {
            return nil
        }
        return rest.dropFirst(2)
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var result = self
        while let last = result.last, predicate(last) { result.removeLast() }
        return result
    }
}
