// The sources of a draft, each in every style, so that whoever reads the payload may choose.

import ScrivenerModel

/// The payload of a `citation` task.
struct CitationList: Codable, Sendable, Equatable {
    /// The style of `reference_list`.
    var style: ReferenceStyle
    /// By number.
    var references: [FormattedReference]
    /// One line (for BibTeX one entry) a source, in the style asked for; IEEE's with its number.
    var referenceList: [String]

    enum CodingKeys: String, CodingKey {
        case style, references
        case referenceList = "reference_list"
    }
}

/// A source in every style, as plain text: italics are left to whoever sets it.
struct FormattedReference: Codable, Sendable, Equatable {
    var number: Int
    var source: Source
    /// How many places of the draft cite it.
    var uses: Int
    /// The key of the BibTeX entry.
    var key: String
    var apa: String
    var mla: String
    var chicago: String
    /// Without the number.
    var ieee: String
    var bibtex: String

    func text(_ style: ReferenceStyle) -> String {
        switch style {
        case .apa: apa
        case .mla: mla
        case .chicago: chicago
        case .ieee: ieee
        case .bibtex: bibtex
        }
    }
}

extension CitationList {
    /// The references of a draft. A number or a source that comes twice is taken once.
    init(_ draft: Draft, style: ReferenceStyle) {
        let uses = draft.uses
        var keys = BibTeXKeys()
        var numbers: Set<Int> = []
        var locators: Set<String> = []
        let distinct = draft.references.sorted { $0.number < $1.number }.filter {
            numbers.insert($0.number).inserted && locators.insert($0.source.locator).inserted
        }
        references = distinct.map { reference in
            let work = CitedWork(reference.source)
            let key = keys.key(for: work)
            return FormattedReference(
                number: reference.number, source: reference.source,
                uses: uses[reference.number, default: 0], key: key, apa: APAStyle.format(work),
                mla: MLAStyle.format(work), chicago: ChicagoStyle.format(work),
                ieee: IEEEStyle.format(work), bibtex: BibTeXEntry.format(work, key: key))
        }
        self.style = style
        referenceList = references.map { reference in
            style == .ieee
                ? "[\(reference.number)] \(reference.ieee)" : reference.text(style)
        }
    }

    /// The typed findings: one number a source.
    var citations: [Citation] {
        references.map { Citation(number: $0.number, source: $0.source.locator, uses: $0.uses) }
    }
}
