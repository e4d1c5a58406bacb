// Reads gzip files (RFC 1952) with a plain inflater (RFC 1951), after M. Adler's `puff.c`: codes
// are decoded bit by bit with counts and symbols in canonical order. Slow and small, which suits
// files of some kilobytes better than another system library. Checks the length, not the CRC.

/// Decompresses gzip.
enum Gunzip {
    static func decompress(_ bytes: [UInt8]) throws(WorkflowError) -> [UInt8] {
        guard bytes.count > 18, bytes.starts(with: [0x1F, 0x8B, 8]) else {
            throw .notGzip("the header is not one")
        }
        let flags = bytes[3]
        var start = 10
        if flags & 4 != 0 { start += 2 + Int(bytes[10]) + Int(bytes[11]) << 8 }
        for flag in [UInt8(8), 16] where flags & flag != 0 {
            while start < bytes.count, bytes[start] != 0 { start += 1 }
            start += 1
        }
        if flags & 2 != 0 { start += 2 }
        var inflater = Inflater(bytes: bytes, position: start)
        let output = try inflater.run()
        let length = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard output.count & 0xFFFF_FFFF == length else {
            throw .notGzip("\(output.count) bytes came out, \(length) were promised")
        }
        return output
    }
}

/// One pass over a deflated stream.
private struct Inflater {
    let bytes: [UInt8]
    var position: Int
    private var bitBuffer = 0
    private var bitCount = 0
    private var output: [UInt8] = []

    /// What comes out may be so large, in bytes.
    private static let maximumOutput = 256 << 20

    init(bytes: [UInt8], position: Int) {
        self.bytes = bytes
        self.position = position
    }

    mutating func run() throws(WorkflowError) -> [UInt8] {
        var isLast = false
        while !isLast {
            isLast = try bits(1) == 1
            switch try bits(2) {
            case 0: try copyStored()
            case 1: try inflate(.fixedLengths, .fixedDistances)
            case 2:
                let (lengths, distances) = try readCodes()
                try inflate(lengths, distances)
            default: throw .notGzip("a block of no known kind")
            }
        }
        return output
    }

    private mutating func bits(_ need: Int) throws(WorkflowError) -> Int {
        while bitCount < need {
            guard position < bytes.count else { throw .notGzip("it ends too early") }
            bitBuffer |= Int(bytes[position]) << bitCount
            position += 1
            bitCount += 8
        }
        defer {
            bitBuffer >>= need
            bitCount -= need
        }
        return bitBuffer & ((1 << need) - 1)
    }

    private mutating func copyStored() throws(WorkflowError) {
        bitBuffer = 0
        bitCount = 0
        let length = try bits(16)
        _ = try bits(16)
        guard position + length <= bytes.count else { throw .notGzip("it ends too early") }
        output.append(contentsOf: bytes[position..<(position + length)])
        position += length
    }

    private mutating func symbol(_ code: HuffmanCode) throws(WorkflowError) -> Int {
        var value = 0
        var first = 0
        var index = 0
        for length in 1...15 {
            value |= try bits(1)
            let count = code.counts[length]
            if value - count < first { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw .notGzip("a code that nothing stands for")
    }

    private mutating func readCodes() throws(WorkflowError) -> (HuffmanCode, HuffmanCode) {
        let lengthCount = try bits(5) + 257
        let distanceCount = try bits(5) + 1
        let codeCount = try bits(4) + 4
        var lengths = Array(repeating: 0, count: 19)
        for place in HuffmanCode.order.prefix(codeCount) { lengths[place] = try bits(3) }
        let code = HuffmanCode(lengths[...])
        var all: [Int] = []
        while all.count < lengthCount + distanceCount {
            let symbol = try symbol(code)
            switch symbol {
            case 16:
                guard let last = all.last else { throw .notGzip("nothing to repeat") }
                all += Array(repeating: last, count: 3 + (try bits(2)))
            case 17: all += Array(repeating: 0, count: 3 + (try bits(3)))
            case 18: all += Array(repeating: 0, count: 11 + (try bits(7)))
            default: all.append(symbol)
            }
        }
        guard all.count == lengthCount + distanceCount else { throw .notGzip("too many codes") }
        return (HuffmanCode(all[..<lengthCount]), HuffmanCode(all[lengthCount...]))
    }

    private mutating func inflate(
        _ lengths: HuffmanCode, _ distances: HuffmanCode
    ) throws(WorkflowError) {
        while true {
            let symbol = try symbol(lengths)
            guard symbol != 256 else { return }
            guard symbol > 256 else {
                output.append(UInt8(symbol))
                continue
            }
            let length = try extended(symbol - 257, HuffmanCode.lengthBases)
            let distance = try extended(try self.symbol(distances), HuffmanCode.distanceBases)
            guard distance <= output.count, output.count + length <= Self.maximumOutput else {
                throw .notGzip("a distance beyond the beginning, or too much of it")
            }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }

    private mutating func extended(
        _ index: Int, _ bases: [(base: Int, bits: Int)]
    ) throws(WorkflowError) -> Int {
        guard index < bases.count else { throw .notGzip("a length of no known size") }
        return bases[index].base + (try bits(bases[index].bits))
    }
}

/// A canonical Huffman code: how many codes there are of each length, and their symbols in order.
private struct HuffmanCode {
    private(set) var counts = Array(repeating: 0, count: 16)
    private(set) var symbols: [Int] = []

    init(_ lengths: ArraySlice<Int>) {
        for length in lengths where length > 0 { counts[length] += 1 }
        for length in 1...15 {
            for (symbol, own) in lengths.enumerated() where own == length {
                symbols.append(symbol)
            }
        }
    }

    static let fixedLengths = HuffmanCode(
        (Array(repeating: 8, count: 144) + Array(repeating: 9, count: 112)
            + Array(repeating: 7, count: 24) + Array(repeating: 8, count: 8))[...])
    static let fixedDistances = HuffmanCode(Array(repeating: 5, count: 30)[...])
    static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    static let lengthBases: [(base: Int, bits: Int)] = [
        (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0), (11, 1), (13, 1),
        (15, 1), (17, 1), (19, 2), (23, 2), (27, 2), (31, 2), (35, 3), (43, 3), (51, 3),
        (59, 3), (67, 4), (83, 4), (99, 4), (115, 4), (131, 5), (163, 5), (195, 5), (227, 5),
        (258, 0),
    ]
    static let distanceBases: [(base: Int, bits: Int)] = [
        (1, 0), (2, 0), (3, 0), (4, 0), (5, 1), (7, 1), (9, 2), (13, 2), (17, 3), (25, 3),
        (33, 4), (49, 4), (65, 5), (97, 5), (129, 6), (193, 6), (257, 7), (385, 7), (513, 8),
        (769, 8), (1_025, 9), (1_537, 9), (2_049, 10), (3_073, 10), (4_097, 11), (6_145, 11),
        (8_193, 12), (12_289, 12), (16_385, 13), (24_577, 13),
    ]
}
