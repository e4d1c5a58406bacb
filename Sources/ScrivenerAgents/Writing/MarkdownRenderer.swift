// A report as Markdown (CommonMark 0.31 with no extension needed). All text is escaped, ours too:
// there is one path, so nobody has to remember which text came from outside.

enum MarkdownRenderer {
    static func render(_ page: RenderablePage) -> String {
        var parts = ["# " + escaped(page.title)]
        for section in page.sections { parts += render(section, level: 2) }
        if !page.references.isEmpty {
            parts.append("## " + ReportAssembly.referencesHeading)
            // An ordered list would be numbered anew by the reader's software.
            parts.append(
                page.references.map { "- [\($0.number)] " + escaped($0.text) }
                    .joined(separator: "\n"))
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func render(_ section: DraftSection, level: Int) -> [String] {
        var parts = [String(repeating: "#", count: level) + " " + escaped(section.heading)]
        for block in section.blocks {
            switch block {
            case .paragraph(let spans): parts.append(render(spans))
            case .bullets(let items):
                parts.append(items.map { "- " + render($0) }.joined(separator: "\n"))
            }
        }
        for subsection in section.subsections { parts += render(subsection, level: level + 1) }
        return parts
    }

    private static func render(_ spans: [Span]) -> String {
        var text = ""
        for span in spans {
            switch span {
            case .prose(let prose):
                // Blanks at the ends of a span part it from its neighbours.
                let isBlank = prose.allSatisfy { $0 == " " }
                if prose.hasPrefix(" ") { text += " " }
                text += escaped(prose, startsLine: text.isEmpty)
                if !isBlank, prose.hasSuffix(" ") { text += " " }
            case .lead(let lead): text += "**" + escaped(lead) + "**"
            case .name(let name): text += "*" + escaped(name) + "*"
            case .citation(let number): text += "[\(number)]"
            case .quotation(let quotation): text += render(quotation)
            case .statement(let statement):
                text += escaped(statement.text, startsLine: text.isEmpty)
                for number in statement.citations { text += " [\(number)]" }
            }
        }
        return text
    }

    private static func render(_ quotation: Quotation) -> String {
        var text = "\u{201C}" + escaped(quotation.text) + "\u{201D} [\(quotation.citation)]"
        text += " \u{2014} *" + escaped(quotation.title) + "*"
        if let section = quotation.section, !OutsideText.line(section).isEmpty {
            text += ", " + escaped(section)
        }
        return text
    }

    /// The text on one line with everything that Markdown or HTML could read as markup escaped. An
    /// underscore inside a word has no meaning there and stays, because identifiers are full of
    /// them.
    static func escaped(_ text: String, startsLine: Bool = true) -> String {
        let characters = Array(OutsideText.line(text))
        var escaped = ""
        for (index, character) in characters.enumerated() {
            switch character {
            case "\\", "`", "*", "[", "]", "<", ">", "|", "~", "&", "$": escaped += "\\\(character)"
            case "_":
                let isInside =
                    index > 0 && index + 1 < characters.count
                    && (characters[index - 1].isLetter || characters[index - 1].isNumber)
                    && (characters[index + 1].isLetter || characters[index + 1].isNumber)
                escaped += isInside ? "_" : "\\_"
            case "#", "+", "-", "=":
                escaped += startsLine && index == 0 ? "\\\(character)" : String(character)
            case ".", ")":
                // "1." at the beginning of a line would begin a list.
                let isNumber =
                    startsLine && index > 0 && index < 10
                    && characters[..<index].allSatisfy { $0.isASCII && $0.isNumber }
                escaped += isNumber ? "\\\(character)" : String(character)
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
