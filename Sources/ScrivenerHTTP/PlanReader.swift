// Reads the plan of a submission: by its media type, up to a size, and within a budget for all
// submissions together, so that many large ones at once are refused rather than kept in memory.

import HTTPTypes
import Hummingbird
import ScrivenerModel
import ScrivenerYAML

/// How a plan is written.
enum PlanFormat: Equatable {
    case json, yaml

    static let mediaTypes = [
        "application/json", "application/yaml", "application/x-yaml", "text/yaml",
    ]

    /// `nil` for anything but UTF-8 in one of the media types.
    init?(contentType: String) {
        let parts = contentType.split(separator: ";", omittingEmptySubsequences: false).map {
            $0.trimmed.lowercased()
        }
        let charsets = ["charset=utf-8", "charset=\"utf-8\"", "charset=us-ascii"]
        guard
            parts.dropFirst().allSatisfy({ !$0.hasPrefix("charset") || charsets.contains($0) })
        else { return nil }
        switch parts.first {
        case "application/json": self = .json
        case "application/yaml", "application/x-yaml", "text/yaml": self = .yaml
        default: return nil
        }
    }
}

struct PlanReader: Sendable {
    private let maximumBytes: Int
    private let budget: ByteBudget

    init(_ configuration: HTTPConfiguration) {
        maximumBytes = configuration.maximumPlanBytes
        budget = ByteBudget(configuration.maximumPlanBytesInFlight)
    }

    /// Reads the plan and holds its bytes against the budget while `use` runs.
    ///
    /// - Parameters:
    ///   - what: what it is, for people.
    ///   - bound: how large it may be where that is less than a plan may.
    func withPlan<Result: Sendable>(
        from request: Request, as what: String = "plan", bound: Int = .max,
        _ use: ([UInt8]) async throws(ScrivenerError) -> Result
    ) async throws -> Result {
        guard let format = PlanFormat(contentType: request.headers[.contentType] ?? "") else {
            throw ScrivenerError(
                .unsupportedMediaType, "a \(what) is sent as JSON or YAML, in UTF-8",
                mistakes: [
                    Mistake(
                        .unsupportedMediaType, at: "Content-Type", "is not one of these",
                        limit: PlanFormat.mediaTypes.joined(separator: ", "),
                        actual: request.headers[.contentType].map { String($0.prefix(128)) })
                ])
        }
        let largest = min(maximumBytes, bound)
        let limit = format == .yaml ? min(largest, YAMLLimits.maximumBytes) : largest
        let body = try RequestBody(request, of: what, limit: limit)
        let length = try body.announcedLength()
        let reserved = length ?? limit
        guard await budget.reserve(reserved) else {
            throw ScrivenerError(
                .overloaded, "too many submissions are being read; try again",
                retryAfterSeconds: 1)
        }
        do {
            let bytes = try await body.read()
            let plan = format == .yaml ? try json(fromYAML: bytes) : bytes
            let result = try await use(plan)
            await budget.release(reserved)
            return result
        } catch {
            await budget.release(reserved)
            throw error
        }
    }
}

/// So many bytes and no more, shared by requests that run at the same time.
private actor ByteBudget {
    private var left: Int

    init(_ bytes: Int) { left = bytes }

    /// Whether there was enough. What was reserved is released once.
    func reserve(_ bytes: Int) -> Bool {
        guard bytes <= left else { return false }
        left -= bytes
        return true
    }

    func release(_ bytes: Int) { left += bytes }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
