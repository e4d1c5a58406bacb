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

    /// What a worker holds when it is not told: everything that research needs. Without a corpus
    /// there is nothing for the research agent to search.
    public static func defaultNames(hasCorpus: Bool) -> [String] {
        names.filter { !forTrials.contains($0) && ($0 != "research" || hasCorpus) }
    }

    /// Makes an agent.
    ///
    /// - Parameters:
    ///   - corpus: the folder of documents that the research agent searches.
    ///   - indexDirectory: where the research agent keeps its index; the user's cache when `nil`.
    ///   - echo: what is wrong with the echo agent.
    /// - Throws: `ScrivenerError` of code `configuration_invalid` for an unknown name, or for
    ///   `research` without a corpus.
    public static func make(
        _ name: String, corpus: String?, indexDirectory: String? = nil,
        echo: EchoManners = EchoManners()
    ) throws -> any BaseAgent {
        switch name {
        case "planner": return PlannerAgent()
        case "analysis": return AnalysisAgent()
        case "writing": return WritingAgent()
        case "citation": return CitationAgent()
        case "quality": return QualityAgent()
        case "echo": return EchoAgent(echo)
        case "noop": return NoopAgent()
        case "research":
            guard let corpus else {
                throw ScrivenerError(
                    .configurationInvalid, "the research agent needs a corpus (--corpus DIR)")
            }
            return ResearchAgent(corpus: corpus, indexDirectory: indexDirectory)
        default:
            throw ScrivenerError(
                .configurationInvalid,
                "no built-in agent is named \(name); there are \(names.joined(separator: ", "))")
        }
    }
}
