// What ids, task types and agent names look like. They stand in URLs, logs, metrics labels and file
// names, so the alphabet is small.

/// The rule for ids, types and names: 1…128 characters of `a–z A–Z 0–9 _ - . :`.
public enum PlanName {
    public static func isValid(_ text: String, limit: Int = PlanLimits().maximumNameLength) -> Bool
    {
        mistake(text, at: "", limit: limit) == nil
    }

    /// - Parameter path: asked for only where there is a mistake.
    static func mistake(
        _ text: String, at path: @autoclosure () -> String, limit: Int
    ) -> Mistake? {
        let count = text.utf8.count
        if count == 0 { return Mistake(.planEmptyID, at: path(), "must not be empty") }
        guard count <= limit else {
            return Mistake(
                .planInvalidID, at: path(), "too long", limit: "\(limit) characters",
                actual: "\(count)")
        }
        guard text.utf8.allSatisfy(isAllowed), text != ".", text != ".." else {
            return Mistake(
                .planInvalidID, at: path(), "has a character that ids may not have",
                limit: "a–z A–Z 0–9 _ - . :", actual: text)
        }
        return nil
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}

/// The agents that plans may name where `strict_agents` is on.
public struct AgentCatalogue: Sendable, Equatable {
    /// Names of agents and of capabilities.
    public var names: Set<String>

    public init(names: Set<String>) { self.names = names }
}
