// What the agents that come with the software are called and can do. A description is read where they are
// not (in the coordinator, and on hosts that run no worker); a test holds this against them.

/// The built-in agents.
package enum BuiltInOffers {
    package static let all: [Topology.Offer] = [
        .init(name: "planner", capabilities: ["planning"]),
        .init(
            name: "research",
            capabilities: ["web_search", "source_selection", "content_extraction"]),
        .init(name: "analysis", capabilities: ["content_analysis"]),
        .init(name: "writing", capabilities: ["drafting", "report_assembly"]),
        .init(name: "citation", capabilities: ["citation"]),
        .init(name: "quality", capabilities: ["quality_review"]),
        .init(name: "echo", capabilities: ["noop"]),
        .init(name: "noop", capabilities: ["noop"]),
    ]

    static var names: [String] { all.map(\.name) }

    static subscript(name: String) -> Topology.Offer? { all.first { $0.name == name } }

    /// What a worker holds that is not told: see `scrivener-worker --agents`.
    package static func byDefault(canSearch: Bool) -> [Topology.Offer] {
        all.filter { offer in
            offer.name != "echo" && offer.name != "noop"
                && (offer.name != "research" || canSearch)
        }
    }
}
