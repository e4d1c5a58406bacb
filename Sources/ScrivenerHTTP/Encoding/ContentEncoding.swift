// Which answers are worth compressing, and for whom.

import HTTPTypes
import Hummingbird

enum ContentEncoding {
    /// Smaller bodies fit into one packet as they are.
    static let minimumBytes = 1_024

    private static let mediaTypes = [
        "application/json", "application/problem+json", "application/yaml", "image/svg+xml",
    ]

    /// More is not put together in one buffer of NIO's, which ends at 4 GiB, in a trap.
    static let maximumBytes = 256 << 20

    static func pays(bytes: Int, mediaType: String?) -> Bool {
        guard (minimumBytes...maximumBytes).contains(bytes), let mediaType else { return false }
        let name = mediaType.prefix { $0 != ";" }
        return name.hasPrefix("text/") || mediaTypes.contains { $0 == name }
    }

    /// Whether the client takes gzip (RFC 9110, section 12.5.3). What cannot be read is not taken for a wish.
    static func isGzipAccepted(by request: Request) -> Bool {
        var isAnythingAccepted = false
        for value in request.headers[values: .acceptEncoding] {
            for coding in value.split(separator: ",") {
                let parts = coding.split(separator: ";").map { part in
                    part.filter { !" \t".contains($0) }.lowercased()
                }
                guard let name = parts.first else { continue }
                let isAccepted = parts.dropFirst().allSatisfy(isWanted)
                if name == "gzip" || name == "x-gzip" { return isAccepted }
                if name == "*" { isAnythingAccepted = isAccepted }
            }
        }
        return isAnythingAccepted
    }

    /// A weight of 0 stands for a refusal.
    private static func isWanted(_ parameter: String) -> Bool {
        guard parameter.hasPrefix("q="), let weight = Double(parameter.dropFirst(2)) else {
            return false
        }
        return weight > 0
    }
}
