// What a benchmark came to: a figure has a value for each run, and its median is what counts.

import FoundationEssentials
import ScrivenerModel

/// One figure, over all runs.
struct BenchFigure: Sendable, Equatable, Encodable {
    var name: String
    var unit: String
    var values: [Double]

    var median: Double { Self.median(values) }
    var minimum: Double { values.min() ?? 0 }
    var maximum: Double { values.max() ?? 0 }

    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    enum CodingKeys: String, CodingKey { case name, unit, values, median, minimum, maximum }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(unit, forKey: .unit)
        try container.encode(values, forKey: .values)
        try container.encode(median, forKey: .median)
        try container.encode(minimum, forKey: .minimum)
        try container.encode(maximum, forKey: .maximum)
    }
}

/// The figures of one run, in order.
struct BenchRun: Sendable {
    private(set) var figures: [(name: String, unit: String, value: Double)] = []

    mutating func note(_ name: String, _ unit: String, _ value: Double) {
        figures.append((name, unit, value))
    }
}

/// All runs of a benchmark.
struct BenchReport: Sendable, Encodable {
    var benchmark: String
    /// What was measured, in words: sizes, counts, what is durable.
    var setting: String
    var software = Scrivener.version
    private(set) var figures: [BenchFigure] = []

    init(_ benchmark: String, setting: String) {
        self.benchmark = benchmark
        self.setting = setting
    }

    mutating func add(_ run: BenchRun) {
        for figure in run.figures {
            if let place = figures.firstIndex(where: { $0.name == figure.name }) {
                figures[place].values.append(figure.value)
            } else {
                figures.append(
                    BenchFigure(name: figure.name, unit: figure.unit, values: [figure.value]))
            }
        }
    }

    func table(width: Int?) -> String {
        var table = TableRenderer(columns: [
            .init(title: "FIGURE", isFlexible: true),
            .init(title: "MEDIAN", isRightAligned: true),
            .init(title: "MIN", isRightAligned: true), .init(title: "MAX", isRightAligned: true),
            .init(title: "UNIT"),
        ])
        for figure in figures {
            table.add([
                figure.name, Self.text(figure.median), Self.text(figure.minimum),
                Self.text(figure.maximum), figure.unit,
            ])
        }
        return "\(benchmark): \(setting)\n" + table.rendered(width: width)
    }

    /// Three digits that count.
    static func text(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "–" }
        let size = abs(value)
        let digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
        let scale = (0..<digits).reduce(1.0) { result, _ in result * 10 }
        let number = (value * scale).rounded() / scale
        return digits == 0 ? "\(Int(number))" : "\(number)"
    }
}
