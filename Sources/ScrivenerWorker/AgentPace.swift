// Whether an agent's attempts are short, as its latest ones tell. A saturating counter, as branch predictors
// have them (J. E. Smith: "A Study of Branch Prediction Strategies", ISCA 1981): one long attempt among
// many short ones, which may only have lost its processor for a while, changes nothing; two in a row do.

import ScrivenerModel

/// What is known of how long an agent's attempts take.
struct AgentPace {
    /// An attempt up to so long is short. What its own way into the pool costs an attempt, some
    /// microseconds, is little beside a longer one; and of those that run one after the other, none
    /// shall wait for long.
    static let shortRunTime = TimeSpan(nanoseconds: 20_000)

    private static let most = 16
    private static let step = 8

    private var score = 0

    /// Whether the next is expected to be short.
    var isShort: Bool { score >= Self.step }

    mutating func note(isShort: Bool) {
        score = isShort ? min(Self.most, score + 1) : max(0, score - Self.step)
    }
}
