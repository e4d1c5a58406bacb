// References for LaTeX: an entry of type `misc` a source, because that is the one that needs
// nothing which we do not know (Patashnik, "BibTeXing", 1988). Names of organisations and whole
// titles stand in braces, or BibTeX would turn the ones round and take the capitals from the
// others.

enum BibTeXEntry {
    static func format(_ work: CitedWork, key: String) -> String {
        var fields: [(String, String)] = []
        if !work.authors.isEmpty {
            fields.append(("author", work.authors.map(name).joined(separator: " and ")))
        }
        fields.append(("title", "{" + escaped(work.title) + "}"))
        switch work.date {
        case .calendar(let year, let month, let day):
            fields.append(("year", String(year)))
            if let month { fields.append(("month", String(month))) }
            if let day { fields.append(("day", String(day))) }
        case .text(let text): fields.append(("year", escaped(text)))
        case nil: fields.append(("note", "n.d."))
        }
        fields.append(
            work.isURL ? ("url", address(work.locator)) : ("howpublished", escaped(work.locator)))
        let lines = fields.map { "  \($0.0) = {\($0.1)}" }.joined(separator: ",\n")
        return "@misc{\(key),\n\(lines)\n}"
    }

    private static func name(_ author: AuthorName) -> String {
        guard case .person(let given, let family, let suffix) = author.kind, !given.isEmpty else {
            return "{" + escaped(author.full) + "}"
        }
        let names = [family] + (suffix.map { [$0] } ?? []) + [given.joined(separator: " ")]
        // The word "and" in a name would part the list, so it stands in braces.
        return names.map { name in
            name.split(separator: " ").map { word in
                word.lowercased() == "and" ? "{\(word)}" : escaped(String(word))
            }.joined(separator: " ")
        }.joined(separator: ", ")
    }

    /// The text with LaTeX's ten special characters taken literally.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\textbackslash{}"
            case "~": escaped += "\\textasciitilde{}"
            case "^": escaped += "\\textasciicircum{}"
            case "{", "}", "$", "&", "#", "_", "%": escaped += "\\\(character)"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    /// An address, in which only what would end the field is encoded.
    private static func address(_ text: String) -> String {
        var address = ""
        for character in text {
            switch character {
            case "{": address += "%7B"
            case "}": address += "%7D"
            case "\\": address += "%5C"
            case " ": address += "%20"
            default: address.append(character)
            }
        }
        return address
    }
}

/// Gives out keys: the first author or the title, the year, and a letter where two would be the
/// same.
struct BibTeXKeys {
    private var given: Set<String> = []

    mutating func key(for work: CitedWork) -> String {
        let name = work.authors.first?.sortName ?? work.title
        var stem = Self.plain(name)
        if case .calendar(let year, _, _) = work.date { stem += String(year) }
        if stem.isEmpty { stem = "source" }
        var key = stem
        var number = 1
        while !given.insert(key).inserted {
            number += 1
            key = "\(stem)-\(number)"
        }
        return key
    }

    /// The first words in lower-case ASCII letters and digits.
    private static func plain(_ text: String) -> String {
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber) }.prefix(3)
        return String(words.joined().filter { $0.isASCII }.prefix(24))
    }
}
