// A question may name top folders of the corpus: manuals of several products lie in folders that
// are called after them. Such a name says where to look. It says nothing about the subject there,
// where every page has it, and so it is a filter rather than a term that scores.

/// The top folders of a corpus that a question or query names.
struct NamedFolders: Sendable, Equatable {
    /// In the order in which they are named.
    let folders: [String]

    /// - Parameter folders: the top folders of the corpus.
    init(in text: some StringProtocol, among folders: [String]) {
        let words = text.lowercased().split { !($0.isLetter || $0.isNumber) }
        let named = folders.compactMap { folder in
            words.firstIndex { Self.means($0, folder.lowercased()) }.map { ($0, folder) }
        }
        self.folders = named.sorted { $0 < $1 }.map(\.1)
    }

    var isEmpty: Bool { folders.isEmpty }

    /// The query without the names, unless it has nothing else.
    func terms(of query: QueryTerms) -> QueryTerms {
        let names = folders.map { $0.lowercased() }
        let other = query.filtered { term in
            !names.contains { Self.means(term[...], $0) }
        }
        return other.isEmpty ? query : other
    }

    /// What finds their documents, in FTS5's language: those that lie in them, and those of other
    /// folders that have the name in their title. `nil` where none is named.
    var scope: String? {
        guard !isEmpty else { return nil }
        let names = folders.map(QueryTerms.quoted).joined(separator: " OR ")
        return "{path title} : (\(names))"
    }

    /// `sqlite` for `sqlite/wal.html`; empty for a document outside all folders.
    static func folder(of path: String) -> String {
        path.contains("/") ? String(path.prefix { $0 != "/" }) : ""
    }

    /// Whether a word of a question means a folder: `postgres` means `postgresql`.
    private static func means(_ word: Substring, _ folder: String) -> Bool {
        word == folder || (word.count >= 4 && folder.hasPrefix(word))
            || (folder.count >= 4 && word.hasPrefix(folder))
    }
}
