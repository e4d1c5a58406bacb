// An option of the form NAME=NUMBER, which may be given once for each name.

import ArgumentParser

/// A number that belongs to a name.
struct NamedNumber {
    var name: String
    var number: Int

    /// - Throws: `ValidationError` with words for people.
    static func read(
        _ text: String, option: String, in range: ClosedRange<Int>
    ) throws -> NamedNumber {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let number = Int(parts[1]),
            range.contains(number)
        else {
            throw ValidationError(
                "\(option) is NAME=NUMBER with a number of "
                    + "\(range.lowerBound)…\(range.upperBound), not \(text)")
        }
        return NamedNumber(name: String(parts[0]), number: number)
    }

    static func checkNames(_ values: [NamedNumber], option: String) throws {
        var names: Set<String> = []
        for value in values where !names.insert(value.name).inserted {
            throw ValidationError("\(option) is given twice for \(value.name)")
        }
    }
}
