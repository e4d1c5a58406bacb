// The header `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.

import Foundation
package import ScrivenerModel

/// Reads `Retry-After`.
package enum RetryAfter {
    /// - Returns: `nil` where there is none that can be read.
    package static func span(_ text: String?, at now: WallTime) -> TimeSpan? {
        guard let text = text?.trimmingCharacters(in: .whitespaces) else { return nil }
        if let seconds = Int32(text) { return seconds < 0 ? nil : .seconds(Double(seconds)) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = format.date(from: text) else { return nil }
        let seconds = date.timeIntervalSince1970 - Double(now.millisecondsSince1970) / 1_000
        return seconds < 0 ? nil : .seconds(seconds)
    }
}
