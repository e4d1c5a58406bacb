// Counts the agents and the parked results of a registration before protobuf makes values of them.
//
// An empty one is two bytes on the wire and some seventy in memory: a frame of the permitted 8 MiB
// could ask for hundreds of megabytes before any limit was looked at. Every other repeated field is
// numbers or strings, which grow less than tenfold, or lies in a slice with a limit of its own. So
// these fields are counted first, in one pass over the frame's tags.

enum RowCount {
    private static let register = 1
    private static let agents = 9
    private static let parked = 16

    /// Refuses a worker's frame with too many of them. What is no protobuf is left to the parser.
    static func check(_ frame: RawSpan, _ limits: WireLimits) throws(WireError) {
        var (agentCount, parkedCount) = (0, 0)
        var envelope = FieldWalker(0..<frame.byteCount)
        while let field = envelope.next(in: frame) {
            guard field.number == register, let contents = field.contents else { continue }
            var fields = FieldWalker(contents)
            while let inner = fields.next(in: frame) {
                if inner.number == agents { agentCount += 1 }
                if inner.number == parked { parkedCount += 1 }
            }
        }
        try Check.size(agentCount, limit: limits.agentsPerWorker, "agents")
        try Check.size(parkedCount, limit: limits.parkedJournals, "parked")
    }
}
