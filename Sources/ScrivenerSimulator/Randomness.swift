// Draws that a world needs. Integers and products only: no function of the platform's mathematics
// library, whose last bit might differ between machines.

import ScrivenerCore
import ScrivenerModel

extension SeededGenerator {
    /// A number in `0..<count`; 0 when there is none.
    mutating func below(_ count: Int) -> Int {
        count > 1 ? Int.random(in: 0..<count, using: &self) : 0
    }

    mutating func within(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// Whether something of the probability happens.
    mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && unit() < probability
    }

    /// Evenly from 0..<1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Evenly between two lengths of time, in microseconds.
    mutating func span(microseconds range: ClosedRange<Int>) -> TimeSpan {
        TimeSpan(nanoseconds: Int64(within(range)) * 1_000)
    }

    /// Evenly between two lengths of time, in milliseconds.
    mutating func span(milliseconds range: ClosedRange<Int>) -> TimeSpan {
        span(microseconds: (range.lowerBound * 1_000)...(range.upperBound * 1_000))
    }

    /// Between two lengths of time, mostly near the shorter one.
    mutating func skewedSpan(milliseconds range: ClosedRange<Int>) -> TimeSpan {
        let part = unit() * unit() * unit()
        let width = Double(range.upperBound - range.lowerBound) * 1_000
        let microseconds = range.lowerBound * 1_000 + Int(part * width)
        return TimeSpan(nanoseconds: Int64(microseconds) * 1_000)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }
}
