// What somebody may have meant.

/// The nearest of some words, where one is near.
package enum Suggestion {
    private static let maximumDistance = 3

    package static func nearest(to word: String, among known: [String]) -> String? {
        known.map { ($0, editDistance($0, word)) }
            .min { $0.1 < $1.1 }
            .flatMap { $0.1 <= maximumDistance ? $0.0 : nil }
    }

    /// Levenshtein's distance; long words are not worth comparing.
    private static func editDistance(_ left: String, _ right: String) -> Int {
        let a = Array(left.utf8.prefix(64))
        let b = Array(right.utf8.prefix(64))
        var row = Array(0...b.count)
        for (i, byte) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let substituted = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
