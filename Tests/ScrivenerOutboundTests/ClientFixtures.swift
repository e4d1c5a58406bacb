// What the tests of the client share: a client for the time of a test, and names that stand for what a test says.

import NIOHTTP1
import ScrivenerOutbound
import Synchronization

/// A client for the time of a test.
func withClient<Value: Sendable>(
    reaching rule: AddressRule = .any, names: (any NameResolver)? = nil,
    _ change: (inout OutboundSettings) -> Void = { _ in },
    _ body: (OutboundClient) async throws -> Value
) async throws -> Value {
    var settings = OutboundSettings()
    change(&settings)
    let client = OutboundClient(
        settings, reaching: rule, resolver: names ?? HostResolver(threads: 1))
    let result: Result<Value, any Error>
    do {
        result = .success(try await body(client))
    } catch {
        result = .failure(error)
    }
    await client.shutdown()
    return try result.get()
}

func get(_ url: String) throws -> OutboundRequest {
    OutboundRequest(.GET, try OutboundURL(url))
}

/// Names that stand for what a test says; and, when they are asked for again, for something else.
struct ScriptedNames: NameResolver {
    private var addresses: [String: [String]]
    private let later: String?
    private let asked = Asked()

    private final class Asked: Sendable {
        let count = Mutex(0)
    }

    init(_ addresses: [String: [String]], later: String? = nil) {
        self.addresses = addresses
        self.later = later
    }

    func adding(_ name: String, _ address: String) -> ScriptedNames {
        var names = self
        names.addresses[name] = [address]
        return names
    }

    func addresses(of host: String) async throws -> [HostAddress] {
        let count = asked.count.withLock { count in
            count += 1
            return count
        }
        if let later, count > 1 { return [Self.address(later)] }
        guard let found = addresses[host] else { throw ResolutionFailure(reason: "unknown") }
        return found.map(Self.address)
    }

    private static func address(_ text: String) -> HostAddress {
        HostAddress(bytes: text.split(separator: ".").compactMap { UInt8($0) }, text: text)
    }

    func close() {}
}
