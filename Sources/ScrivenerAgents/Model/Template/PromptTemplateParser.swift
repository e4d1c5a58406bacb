// Reads templates. A tag of a section, or a comment, that stands alone on its line takes the line with
// it, as in Mustache: so a template can be laid out for people without blank lines in the prompt.

/// Why a text is no template.
struct PromptTemplateError: Error, Sendable, Equatable {
    /// A sentence for people.
    var message: String
    /// From 1.
    var line: Int
}

struct PromptTemplateParser {
    private typealias Path = PromptTemplate.Path

    private struct Section {
        var path: Path
        var isInverted: Bool
        var line: Int
        /// Of what is around it.
        var parts: [PromptTemplate.Part]
    }

    private let text: String
    private var position: String.Index
    private var parts: [PromptTemplate.Part] = []
    private var sections: [Section] = []

    init(_ text: String) {
        self.text = text.replacing("\r\n", with: "\n")
        position = self.text.startIndex
    }

    mutating func parse() throws(PromptTemplateError) -> [PromptTemplate.Part] {
        guard text.utf8.count <= PromptTemplate.maximumBytes else {
            throw PromptTemplateError(
                message: "has more than \(PromptTemplate.maximumBytes) bytes", line: 1)
        }
        while let opening = text[position...].firstRange(of: "{{") {
            append(text[position..<opening.lowerBound])
            position = opening.upperBound
            guard let closing = text[position...].firstRange(of: "}}") else {
                throw error("{{ has no }}", at: opening.lowerBound)
            }
            let tag = text[position..<closing.lowerBound]
            position = closing.upperBound
            try take(tag, from: opening.lowerBound)
        }
        append(text[position...])
        guard let open = sections.last else { return parts }
        throw PromptTemplateError(
            message: "{{#\(open.path.written)}} has no {{/\(open.path.written)}}", line: open.line)
    }

    private mutating func take(
        _ tag: Substring, from start: String.Index
    ) throws(PromptTemplateError) {
        switch tag.first {
        case "!": dropLine(of: start)
        case "#", "^":
            dropLine(of: start)
            try open(try path(tag.dropFirst(), start), isInverted: tag.first == "^", start)
        case "/":
            dropLine(of: start)
            try close(try path(tag.dropFirst(), start), start)
        default: parts.append(.value(try path(tag, start)))
        }
    }

    private mutating func open(
        _ path: Path, isInverted: Bool, _ start: String.Index
    ) throws(PromptTemplateError) {
        guard sections.count < PromptTemplate.maximumDepth else {
            throw error("sections are nested deeper than \(PromptTemplate.maximumDepth)", at: start)
        }
        sections.append(
            Section(path: path, isInverted: isInverted, line: line(of: start), parts: parts))
        parts = []
    }

    private mutating func close(_ path: Path, _ start: String.Index) throws(PromptTemplateError) {
        guard let section = sections.popLast() else {
            throw error("{{/\(path.written)}} closes nothing", at: start)
        }
        guard section.path == path else {
            throw error("{{/\(path.written)}} where {{/\(section.path.written)}} is due", at: start)
        }
        let inner = parts
        parts = section.parts
        parts.append(section.isInverted ? .inverted(path, inner) : .section(path, inner))
    }

    private func path(
        _ written: Substring, _ start: String.Index
    ) throws(PromptTemplateError) -> Path {
        let name = written.filter { !$0.isWhitespace }
        guard name != "." else { return Path(names: []) }
        let names = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard name.count == written.trimmedCount, names.allSatisfy(Self.isName) else {
            throw error(
                "{{\(written.prefix(60))}} is no name: letters, digits, _ and -, with points between, "
                    + "after #, ^, / or ! where it is no value",
                at: start)
        }
        return Path(names: names)
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }

    // MARK: Text

    private mutating func append(_ more: Substring) {
        if !more.isEmpty { parts.append(.text(String(more))) }
    }

    /// Takes the rest of a line away that has nothing but the tag that starts there.
    private mutating func dropLine(of start: String.Index) {
        let before = text[..<start].lastIndex(of: "\n").map { text.index(after: $0) }
        let indentation = text[(before ?? text.startIndex)..<start]
        let end = text[position...].firstIndex(of: "\n")
        let rest = text[position..<(end ?? text.endIndex)]
        guard indentation.allSatisfy(Self.isBlank), rest.allSatisfy(Self.isBlank) else { return }
        position = end.map { text.index(after: $0) } ?? text.endIndex
        guard !indentation.isEmpty, case .text(let last)? = parts.last else { return }
        parts.removeLast()
        append(last.dropLast(indentation.count))
    }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t"
    }

    private func line(of index: String.Index) -> Int {
        text[..<index].reduce(1) { $1 == "\n" ? $0 + 1 : $0 }
    }

    private func error(_ message: String, at index: String.Index) -> PromptTemplateError {
        PromptTemplateError(message: message, line: line(of: index))
    }
}

extension Substring {
    /// How many characters there are between white space at the ends.
    fileprivate var trimmedCount: Int {
        let start = drop(while: \.isWhitespace)
        return start.count - start.reversed().prefix(while: \.isWhitespace).count
    }
}
