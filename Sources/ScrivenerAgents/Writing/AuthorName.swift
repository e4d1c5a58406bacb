// An author as written, taken apart for styles that turn names round. An organisation must not be:
// "Group, T. P. G. D." helps nobody. Without a register of names this goes by marks: a comma means
// that the family name stands first, certain words mean an organisation, and small particles belong
// to the family name.

struct AuthorName: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case organisation
        case person(given: [String], family: String, suffix: String?)
    }

    /// As written.
    let full: String
    let kind: Kind

    init(_ text: String) {
        full = text
        kind = Self.kind(of: text)
    }

    /// The name that a list is sorted by.
    var sortName: String {
        switch kind {
        case .organisation: full
        case .person(_, let family, _): family
        }
    }

    /// `Hipp, D. Richard`.
    var inverted: String {
        guard case .person(let given, let family, let suffix) = kind, !given.isEmpty else {
            return full
        }
        return "\(family), \(given.joined(separator: " "))" + (suffix.map { ", \($0)" } ?? "")
    }

    /// `D. Richard Hipp`.
    var straight: String {
        guard case .person(let given, let family, let suffix) = kind else { return full }
        return (given + [family]).joined(separator: " ") + (suffix.map { ", \($0)" } ?? "")
    }

    /// `D. R.`; nothing for an organisation.
    var initials: String {
        guard case .person(let given, _, _) = kind else { return "" }
        return given.flatMap(Self.initials).joined(separator: " ")
    }

    private static func initials(_ name: String) -> [String] {
        // "Jean-Pierre" is "J.-P."
        let parts = name.split(separator: "-").compactMap { $0.first { $0.isLetter } }
        guard !parts.isEmpty else { return [] }
        return [parts.map { "\($0.uppercased())." }.joined(separator: "-")]
    }

    private static func kind(of text: String) -> Kind {
        let lowered = text.lowercased().split { !$0.isLetter }.map(String.init)
        if lowered.contains(where: organisationWords.contains) || lowered.first == "the" {
            return .organisation
        }
        let parts = text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
        if parts.count >= 2, !suffixes.contains(parts[1].lowercased()) {
            return .person(
                given: words(parts[1]), family: parts[0], suffix: parts.count > 2 ? parts[2] : nil)
        }
        var names = words(parts.first ?? text)
        var suffix = parts.count == 2 ? parts[1] : nil
        if suffix == nil, let last = names.last, suffixes.contains(last.lowercased()),
            names.count > 2
        {
            suffix = names.removeLast()
        }
        guard names.count > 1 else { return .organisation }
        var start = names.count - 1
        while start > 1, particles.contains(names[start - 1]) { start -= 1 }
        return .person(
            given: Array(names[..<start]), family: names[start...].joined(separator: " "),
            suffix: suffix)
    }

    private static func words(_ text: String) -> [String] {
        text.split(separator: " ").map(String.init)
    }

    private static func trimmed(_ text: Substring) -> String {
        text.split(separator: " ").joined(separator: " ")
    }

    private static let organisationWords: Set<String> = [
        "group", "team", "inc", "foundation", "project", "consortium", "corporation", "corp",
        "organization", "organisation", "committee", "developers", "contributors", "university",
        "institute", "association", "company", "ltd", "llc", "gmbh", "society", "department",
        "office", "council", "agency", "laboratory", "laboratories", "documentation", "press",
    ]
    private static let suffixes: Set<String> = ["jr", "jr.", "sr", "sr.", "ii", "iii", "iv"]
    private static let particles: Set<String> = [
        "van", "von", "de", "der", "den", "del", "della", "di", "da", "du", "la", "le", "ter",
        "ten", "zu", "zur", "af", "av", "bin", "ibn",
    ]
}
