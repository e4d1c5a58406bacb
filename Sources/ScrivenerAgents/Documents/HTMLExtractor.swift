// The main text of an HTML page. Three walks over one tree: metadata, weights, passages.
//
// Follows the plan of boilerpipe (Kohlschütter et al. 2010): cut a page into blocks of text, judge
// each by shallow features. Deviations: what elements, roles and class names say goes before
// link density, and headings are kept for the passages under them.

import ScrivenerModel

/// Reads HTML.
enum HTMLExtractor {
    /// - Parameter fallbackTitle: for a page that names itself nowhere.
    /// - Throws: `AgentFailure` (`permanent`, `document_unreadable`) where there is no HTML at all.
    static func extract(
        _ bytes: [UInt8], fallbackTitle: String
    ) throws(AgentFailure) -> DocumentText {
        let tree = try HTMLTree(bytes)
        let metadata = HTMLMetadata(tree)
        let boilerplate = HTMLBoilerplate(weights: HTMLTextWeights(tree))
        let collector = HTMLPassageCollector(tree, boilerplate: boilerplate)
        let titles = [metadata.title, metadata.firstHeading, collector.headings.first ?? ""]
        return DocumentText(
            title: titles.first { !$0.isEmpty } ?? fallbackTitle,
            authors: metadata.authors, published: metadata.date ?? collector.lastModified,
            kind: metadata.kind, headings: collector.headings, passages: collector.passages)
    }
}
