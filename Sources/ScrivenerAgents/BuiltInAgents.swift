// The agents that come with the software, by name: what a worker's command line chooses from.

public import ScrivenerAgentKit
import ScrivenerModel

/// The built-in agents.
public enum BuiltInAgents {
    /// Every name that `make` takes.
    public static let names = [
        "planner", "research", "analysis", "writing", "citation", "quality", "echo",
        "noop",
    ]

    /// They do no work that anybody wants.
    private static let forTrials: Set<String> = ["echo", "noop"]

    /// What a worker holds when it is not told: everything that research needs. Without a corpus and
    /// without services there is nothing for the research agent to search.
    public static func defaultNames(canSearch: Bool) -> [String] {
        names.filter { !forTrials.contains($0) && ($0 != "research" || canSearch) }
    }

    /// Makes an agent.
    ///
    /// - Parameters:
    ///   - corpus: the folder of documents that the research agent searches.
    ///   - search: the services that it searches through instead.
    ///   - indexDirectory: where the research agent keeps its index; the user's cache when `nil`.
    ///   - model: what planner, analysis, writing and quality use where a task does not say otherwise.
    ///   - echo: what is wrong with the echo agent.
    /// - Throws: `ScrivenerError` of code `configuration_invalid` for an unknown name, or for
    ///   `research` without anything to search, or with both.
    public static func make(
        _ name: String, corpus: String?, search: LiveSearchSettings? = nil,
        indexDirectory: String? = nil, model: ResearchModel? = nil,
        echo: EchoManners = EchoManners()
    ) throws -> any BaseAgent {
        switch name {
        case "planner": return PlannerAgent(model: model)
        case "analysis": return AnalysisAgent(model: model)
        case "writing": return WritingAgent(model: model)
        case "citation": return CitationAgent()
        case "quality": return QualityAgent(model: model)
        case "echo": return EchoAgent(echo)
        case "noop": return NoopAgent()
        case "research":
            switch (corpus, search) {
            case (let corpus?, nil):
                return ResearchAgent(corpus: corpus, indexDirectory: indexDirectory)
            case (nil, let search?): return LiveResearchAgent(search)
            case (nil, nil):
                throw ScrivenerError(
                    .configurationInvalid,
                    "the research agent needs a corpus (--corpus DIR) or services "
                        + "(--search-file FILE)")
            case (_?, _?):
                throw ScrivenerError(
                    .configurationInvalid,
                    "the research agent searches a corpus or through services, not both "
                        + "(--corpus, --search-file)")
            }
        default:
            throw ScrivenerError(
                .configurationInvalid,
                "no built-in agent is named \(name); there are \(names.joined(separator: ", "))")
        }
    }
}
