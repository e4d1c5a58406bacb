// The revisions of the Model Context Protocol (https://modelcontextprotocol.io/specification) that are spoken
// here. There are two eras. Modern revisions say in each request which they are, and have no sessions; legacy
// ones begin with `initialize`.

/// A revision.
package enum MCPRevision: String, Sendable, CaseIterable {
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    package static let modern = MCPRevision.july2026
    /// The latest of those that begin with `initialize`.
    package static let legacy = MCPRevision.november2025

    package var isModern: Bool { self == .july2026 }

    /// The latest first.
    package static var supported: [MCPRevision] { allCases.reversed() }
}
