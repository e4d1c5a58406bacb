// A dispatch as it lies in a message: columns, not values. A coordinator makes dispatches by the
// hundred thousand, and knows what stands in them as numbers and bytes; making values of these only to
// take them apart again would cost more than anything else about them.

/// What the attempts of one dispatch are told, without the payloads: rows of the tables of
/// `scrivener.proto`'s `Dispatch`.
///
/// A column that may be left out is empty as long as every value in it is zero.
package struct DispatchColumns: Sendable {
    /// The dispatch's own, within its epoch.
    package var number: Int64 = 0

    /// Each task type once.
    package var types: [String] = []

    /// Each session that the items belong to.
    package var sessions: [DispatchSession] = []

    // Results of dependencies, each once.
    /// The texts of their tasks' ids, back to back.
    package var inputIDs: [UInt8] = []
    package var inputIDLengths: [Int32] = []
    /// Places in `types`.
    package var inputTypes: [Int32] = []
    package var inputPayloadLengths: [Int32] = []

    // The attempts.
    package var sessionNumbers: [Int64] = []
    package var tasks: [Int32] = []
    package var attempts: [Int32] = []
    package var agentIndices: [Int32] = []
    /// In nanoseconds. May be left out.
    package var timeouts: [Int64] = []
    /// In nanoseconds. May be left out.
    package var progressTimeouts: [Int64] = []
    /// 1 is true. May be left out.
    package var exclusive: [Int32] = []
    /// 1 is true. May be left out.
    package var atMostOnce: [Int32] = []
    /// 0 stands for one slot. May be left out.
    package var slots: [Int32] = []
    /// The texts of the tasks' ids, back to back.
    package var ids: [UInt8] = []
    package var idLengths: [Int32] = []
    /// Places in `types`.
    package var taskTypes: [Int32] = []
    package var descriptionLengths: [Int32] = []
    package var parameterLengths: [Int32] = []
    package var checkpointLengths: [Int32] = []
    /// How many inputs each has. May be left out.
    package var inputCounts: [Int32] = []
    /// Places among the inputs, of the first attempt, then of the second, and so on.
    package var inputIndices: [Int32] = []

    package init() {}

    /// How many attempts there are.
    package var count: Int { attempts.count }
}
