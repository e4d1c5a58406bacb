// Ids for sessions that came without one.

enum SessionIDs {
    /// 96 random bits: no two sessions of a pool's lifetime meet.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return "s-" + hex(generator.next(), 16) + hex(generator.next() >> 32, 8)
    }

    /// The id that an idempotency key stands for: 64-bit FNV-1a in two directions, which needs to be
    /// stable and spread out, not secret.
    static func derived(fromKey key: String) -> String {
        "k-" + hex(fnv(key.utf8), 16) + hex(fnv(key.utf8.reversed()), 16)
    }

    private static func fnv(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private static func hex(_ value: UInt64, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
