// Payloads lie in the journal, in one row for each commit that brought any; memory holds where.

/// Where bytes lie: a slice of one payload row.
package struct PayloadHandle: Sendable, Hashable {
    /// The row: the sequence number of the commit that wrote it.
    package var row: Int64
    package var offset: UInt32
    package var length: UInt32

    package init(row: Int64, offset: UInt32, length: UInt32) {
        self.row = row
        self.offset = offset
        self.length = length
    }
}

/// Where a result lies: the agent's payload, and behind it the typed rest (findings, usage,
/// failure), which the core does not read.
package struct ResultHandle: Sendable, Hashable {
    package var row: Int64
    package var offset: UInt32
    package var payloadLength: UInt32
    package var annexLength: UInt32

    package init(row: Int64, offset: UInt32, payloadLength: UInt32, annexLength: UInt32) {
        self.row = row
        self.offset = offset
        self.payloadLength = payloadLength
        self.annexLength = annexLength
    }

    package var payload: PayloadHandle {
        PayloadHandle(row: row, offset: offset, length: payloadLength)
    }

    /// The typed rest.
    package var annex: PayloadHandle {
        PayloadHandle(row: row, offset: offset &+ payloadLength, length: annexLength)
    }
}
