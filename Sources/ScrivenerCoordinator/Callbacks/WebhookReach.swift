// Whom callbacks may reach: whoever may submit a plan has the coordinator call any URL, from where the
// coordinator stands.

/// Where messages to callbacks may go.
package enum WebhookReach: String, Sendable, CaseIterable {
    /// Nowhere: plans with callbacks are refused, and what is pending waits.
    case nowhere = "none"
    /// To public addresses.
    case `public`
    /// Also to private ones, to this machine, and to whatever else is special.
    case any
}
