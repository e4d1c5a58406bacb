// The limits on what a plan may hold. `docs/configuration.md` lists them; a refusal names the
// limit and the actual.

/// Limits on a plan.
public struct PlanLimits: Sendable, Equatable {
    /// The whole document, in bytes.
    public var maximumPlanBytes = 64 << 20
    public var maximumTasks = 100_000
    /// Dependencies of all tasks together.
    public var maximumEdges = 5_000_000
    /// One task's parameters, in bytes.
    public var maximumParameterBytes = 1 << 20
    /// The question, and each description, in bytes.
    public var maximumTextBytes = 64 << 10
    /// Ids, types and agent names, in characters.
    public var maximumNameLength = 128
    /// Resources that one task names.
    public var maximumResources = 16
    /// Capabilities, tags and fallback agents that one task names, each.
    public var maximumNames = 32
    /// Callbacks of a plan; 0 where webhooks are switched off.
    public var maximumCallbacks = 8
    /// The longest timeout or delay: ten years, in seconds.
    public var maximumSeconds = 315_360_000.0
    /// How many mistakes one answer lists.
    public var maximumMistakes = 100

    public init() {}
}
