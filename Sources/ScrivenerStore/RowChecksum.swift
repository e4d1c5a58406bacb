// What the checksums of the tables cover. Each takes in the row's own number, so that rows that
// changed places are found as well as bytes that changed.

internal import ScrivenerCore
internal import ScrivenerModel

enum RowChecksum {
    /// Everything that a row of `journal` says: its header is the seed for the facts.
    static func row(
        sequence: Int64, moment: Moment, facts: UnsafeRawBufferPointer
    ) -> Int64 {
        var header = ByteWriter()
        header.fixed64(UInt64(bitPattern: sequence))
        header.fixed64(UInt64(bitPattern: JournalSchema.rowFormat))
        header.fixed64(UInt64(bitPattern: moment.instant.nanoseconds))
        header.fixed64(UInt64(bitPattern: moment.wall.millisecondsSince1970))
        return Int64(bitPattern: XXHash64.hash(facts, seed: XXHash64.hash(header.bytes)))
    }

    static func payload(_ part: PayloadPart, _ bytes: UnsafeRawBufferPointer) -> Int64 {
        Int64(bitPattern: XXHash64.hash(bytes, seed: UInt64(bitPattern: part.key)))
    }

    /// Either part of an archived session; `part` keeps them from standing in for each other.
    static func archive(number: Int64, part: ArchivePart, _ bytes: [UInt8]) -> Int64 {
        var header = ByteWriter()
        header.fixed64(UInt64(bitPattern: number))
        header.byte(part.rawValue)
        return Int64(bitPattern: XXHash64.hash(bytes, seed: XXHash64.hash(header.bytes)))
    }

    static func plan(
        session: Int64, sequence: Int64, _ facts: UnsafeRawBufferPointer
    ) -> Int64 {
        var header = ByteWriter()
        header.fixed64(UInt64(bitPattern: session))
        header.fixed64(UInt64(bitPattern: sequence))
        return Int64(bitPattern: XXHash64.hash(facts, seed: XXHash64.hash(header.bytes)))
    }
}

enum ArchivePart: UInt8 {
    case session = 1
    case tasks = 2
}
