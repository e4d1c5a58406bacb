// Plain text: paragraphs are what blank lines separate. The first line is the title where it
// looks like one.

import ScrivenerModel

/// Reads plain text.
enum TextExtractor {
    /// A longer first line is a sentence, not a title.
    static let maximumTitleWords = 15

    static func extract(_ text: String, fallbackTitle: String) -> DocumentText {
        var paragraphs = paragraphs(of: text)
        var document = DocumentText(title: fallbackTitle, kind: .other)
        if let first = paragraphs.first, paragraphs.count > 1, isTitle(first) {
            document.title = first
            paragraphs.removeFirst()
        }
        for paragraph in paragraphs {
            if let date = PublicationDate.lastModified(inLine: paragraph) {
                document.published = date
            } else if WhiteSpace.wordCount(paragraph) >= HTMLPassageCollector.minimumWords {
                document.passages.append(Passage(headings: [], text: paragraph))
            }
        }
        return document
    }

    private static func paragraphs(of text: String) -> [String] {
        var result: [String] = []
        var lines: [Substring] = []
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if line.allSatisfy(\.isWhitespace) {
                result.append(WhiteSpace.folded(lines.joined(separator: "\n")))
                lines = []
            } else {
                lines.append(line)
            }
        }
        result.append(WhiteSpace.folded(lines.joined(separator: "\n")))
        return result.filter { !$0.isEmpty }
    }

    private static func isTitle(_ paragraph: String) -> Bool {
        guard let last = paragraph.last, !".!;:,".contains(last) else { return false }
        return WhiteSpace.wordCount(paragraph) <= maximumTitleWords
    }
}
