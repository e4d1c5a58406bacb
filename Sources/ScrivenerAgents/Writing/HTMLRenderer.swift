// A report as one HTML page that needs nothing but itself: no script, no font, no image, and a
// policy that would refuse them. Every text is escaped on its one way in.

enum HTMLRenderer {
    static func render(_ page: RenderablePage) -> String {
        var body = "<header><h1>\(escaped(page.title))</h1></header>\n"
        body += contents(page)
        body += "<main>\n"
        for (index, section) in page.sections.enumerated() {
            body += render(section, id: "s\(index + 1)", level: 2)
        }
        body += references(page)
        body += "</main>\n"
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'; style-src 'unsafe-inline'; \
            base-uri 'none'; form-action 'none'">
            <meta name="referrer" content="no-referrer">
            <meta name="color-scheme" content="light dark">
            <title>\(escaped(page.title))</title>
            <style>
            \(HTMLStylesheet.text)</style>
            </head>
            <body>
            \(body)</body>
            </html>

            """
    }

    private static func contents(_ page: RenderablePage) -> String {
        var text = "<nav aria-label=\"Contents\"><ol>\n"
        for (index, section) in page.sections.enumerated() {
            text += "<li><a href=\"#s\(index + 1)\">\(escaped(section.heading))</a>"
            if !section.subsections.isEmpty {
                text += "<ol>"
                for (number, topic) in section.subsections.enumerated() {
                    text += "<li><a href=\"#s\(index + 1)-\(number + 1)\">"
                    text += "\(escaped(topic.heading))</a></li>"
                }
                text += "</ol>"
            }
            text += "</li>\n"
        }
        if !page.references.isEmpty {
            text += "<li><a href=\"#references\">\(ReportAssembly.referencesHeading)</a></li>\n"
        }
        return text + "</ol></nav>\n"
    }

    private static func render(_ section: DraftSection, id: String, level: Int) -> String {
        let level = min(6, level)
        var text = "<section id=\"\(id)\" class=\"\(section.role.rawValue)\">\n"
        text += "<h\(level)>\(escaped(section.heading))</h\(level)>\n"
        for block in section.blocks {
            switch block {
            case .paragraph(let spans): text += "<p>\(render(spans))</p>\n"
            case .bullets(let items):
                text += "<ul>\n"
                for item in items { text += "<li>\(render(item))</li>\n" }
                text += "</ul>\n"
            }
        }
        for (index, subsection) in section.subsections.enumerated() {
            text += render(subsection, id: "\(id)-\(index + 1)", level: level + 1)
        }
        return text + "</section>\n"
    }

    private static func render(_ spans: [Span]) -> String {
        spans.map { span in
            switch span {
            case .prose(let text):
                (text.hasPrefix(" ") ? " " : "") + escaped(text)
                    + (text.hasSuffix(" ") && text.count > 1 ? " " : "")
            case .lead(let text): "<strong>\(escaped(text))</strong>"
            case .name(let text): "<em>\(escaped(text))</em>"
            case .citation(let number): citation(number)
            case .quotation(let quotation): render(quotation)
            case .statement(let statement): render(statement)
            }
        }.joined()
    }

    private static func render(_ quotation: Quotation) -> String {
        var text = "<q>\(escaped(quotation.text))</q>\u{A0}\(citation(quotation.citation))"
        text += " <span class=\"from\"><cite>\(escaped(quotation.title))</cite>"
        if let section = quotation.section, !OutsideText.line(section).isEmpty {
            text += ", \(escaped(section))"
        }
        return text + "</span>"
    }

    private static func render(_ statement: DraftStatement) -> String {
        "<span class=\"model\">\(escaped(statement.text))</span>"
            + statement.citations.map { "\u{A0}" + citation($0) }.joined()
    }

    private static func citation(_ number: Int) -> String {
        "<a class=\"cite\" href=\"#ref-\(number)\">[\(number)]</a>"
    }

    private static func references(_ page: RenderablePage) -> String {
        guard !page.references.isEmpty else { return "" }
        var text = "<section id=\"references\" class=\"references\">\n"
        text += "<h2>\(ReportAssembly.referencesHeading)</h2>\n<ul>\n"
        for reference in page.references {
            text += "<li id=\"ref-\(reference.number)\">"
            text += "<span class=\"number\">[\(reference.number)]</span> "
            text += "<span>\(linked(reference.text, reference.locator))</span></li>\n"
        }
        return text + "</ul>\n</section>\n"
    }

    /// A reference, in which an address of the web can be followed. A path of the corpus cannot.
    private static func linked(_ text: String, _ locator: String) -> String {
        let address = OutsideText.line(locator)
        guard OutsideText.isWebAddress(address),
            let range = OutsideText.line(text).range(ofLast: address)
        else { return escaped(text) }
        let line = OutsideText.line(text)
        let link =
            "<a href=\"\(escaped(address))\" rel=\"noreferrer\">\(escaped(address))</a>"
        let before = String(line[..<range.lowerBound])
        return escaped(before) + (before.hasSuffix(" ") ? " " : "") + link
            + escaped(String(line[range.upperBound...]))
    }

    /// The text on one line with the five characters that mean something in HTML replaced.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in OutsideText.line(text).unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}

extension String {
    /// Where another text stands for the last time.
    fileprivate func range(ofLast other: String) -> Range<Index>? { ranges(of: other).last }
}
