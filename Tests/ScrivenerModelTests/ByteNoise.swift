// Bytes from which no document is made: cut off, changed, shuffled, and drawn from the alphabet of
// JSON.

/// A small seeded generator (SplitMix64).
struct ByteNoise: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }

    private static let pieces: [[UInt8]] = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d83d", "\\ud83d\\ude00", "0", "-", "1e9",
        "1e999", ".", "true", "nul", "null", " ", "\n", "\"task_id\":", "\"tasks\":[", "\"a\"",
        "\"dependencies\":", "\"query\":\"q\"", "\"config\":{",
    ].map { Array($0.utf8) }

    /// Some bytes that look like JSON from afar.
    mutating func soup() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<below(12) { bytes += Self.pieces[below(Self.pieces.count)] }
        if below(3) == 0 { bytes.append(UInt8(truncatingIfNeeded: next())) }
        return bytes
    }

    /// A document with a few accidents.
    mutating func damaged(_ document: [UInt8]) -> [UInt8] {
        var bytes = document
        for _ in 0..<(1 + below(3)) {
            guard !bytes.isEmpty else { return bytes }
            let place = below(bytes.count)
            switch below(5) {
            case 0: bytes.removeSubrange(place...)
            case 1: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(contentsOf: Self.pieces[below(Self.pieces.count)], at: place)
            default: bytes.swapAt(place, below(bytes.count))
            }
        }
        return bytes
    }
}
