// What an index was built from, as one number: two corpora with the same fingerprint share an
// index, a corpus that changed gets a new one. Like `make`, it looks at names, sizes and times, not
// at contents: a file that changes within one tick of the clock and keeps its size goes unnoticed.
//
// The number is FNV-1a of 128 bits (Fowler, Noll, Vo; draft-eastlake-fnv): it tells apart what
// happens to differ, and is no defence against somebody who wants two corpora to collide.

/// FNV-1a with 128 bits.
struct Fingerprint: Sendable {
    private static let prime = UInt128(1) << 88 + 0x13B
    private var state = UInt128(0x6c62_272e_07bb_0142) << 64 + UInt128(0x62b8_2175_6295_c58d)

    init() {}

    mutating func add(_ text: some StringProtocol) {
        for byte in text.utf8 { mix(byte) }
        // Ends the text: UTF-8 has no such byte.
        mix(0xFF)
    }

    mutating func add(_ number: some FixedWidthInteger) {
        add(String(number))
    }

    private mutating func mix(_ byte: UInt8) {
        state = (state ^ UInt128(byte)) &* Self.prime
    }

    /// 32 hexadecimal digits.
    var text: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// Of a corpus, together with the version of the index's form.
    static func corpus(_ files: [CorpusFile], formatVersion: Int) -> String {
        var fingerprint = Fingerprint()
        fingerprint.add(formatVersion)
        for file in files {
            fingerprint.add(file.path)
            fingerprint.add(file.size)
            fingerprint.add(file.modified)
        }
        return fingerprint.text
    }
}
