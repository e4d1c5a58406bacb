// What `scrivener doctor` asks the coordinator.

import FoundationEssentials
import ScrivenerClient
import ScrivenerModel
import ScrivenerYAML

struct CoordinatorChecks {
    let client: APIClient

    /// - Returns: first of all whether it can be reached; only that where it cannot.
    func run() async -> [HealthCheck] {
        let start = ContinuousClock.now
        let probe: APIClient.Probe
        do {
            probe = try await client.probe()
        } catch {
            let failure = (error as? APIError)?.failure
            return [
                HealthCheck(
                    "coordinator", .fail, failure?.message ?? "\(error)", advice: failure?.hint)
            ]
        }
        let took = Readable.briefly((ContinuousClock.now - start) / .seconds(1))
        let reached = HealthCheck(
            "coordinator", probe.isReady ? .ok : .warn,
            "\(client.address) \(probe.isReady ? "is ready" : "reads its journal"), "
                + "answered within \(took)",
            advice: "Wait until it is ready.")
        return [reached, clock(probe)] + (await rest())
    }

    private func clock(_ probe: APIClient.Probe) -> HealthCheck {
        guard let date = probe.date else {
            return HealthCheck(
                "clock", .warn, "the coordinator does not say what time it is",
                advice: "A proxy may take its Date header away.")
        }
        return .clockSkew(date.timeIntervalSince(probe.askedAt))
    }

    private func rest() async -> [HealthCheck] {
        do {
            let version = try? await version()
            let workers = try await client.workers().value.records
            return [
                .version(coordinator: version, own: Scrivener.version),
                .workers(workers, own: Scrivener.version),
            ]
        } catch {
            let failure = (error as? APIError)?.failure
            return [
                HealthCheck(
                    "workers", .fail, failure?.message ?? "\(error)", advice: failure?.hint)
            ]
        }
    }

    /// Of the description that the coordinator serves.
    private func version() async throws -> String? {
        let document = try await client.get(["openapi.yaml"])
        return try RawJSON(json(fromYAML: document)).value()["info"]?["version"]?.stringValue
    }
}

extension APIClient {
    /// What an answer shows beside what it says.
    struct Probe: Sendable {
        var isReady: Bool
        /// Half of the way between question and answer.
        var askedAt: Date
        /// The coordinator's clock, to the second; absent where it did not say.
        var date: Date?
    }

    /// - Throws: `APIError`.
    func probe() async throws -> Probe {
        let before = Date()
        let (status, date) = try await head(["readyz"])
        let after = Date()
        return Probe(
            isReady: (200..<300).contains(status),
            askedAt: before.addingTimeInterval(after.timeIntervalSince(before) / 2),
            // The middle of the second that the header names.
            date: date.flatMap(HTTPDate.read)?.addingTimeInterval(0.5))
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func read(_ text: String) -> Date? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT",
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let digits = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return WallTime("\(words[3])-\(digits)-\(words[1])T\(words[4])Z").map {
            Date(timeIntervalSince1970: Double($0.millisecondsSince1970) / 1_000)
        }
    }
}
