// Files of configuration that are documents: of agents, of clusters.

package import ScrivenerModel

/// Reads a file of configuration.
///
/// - Throws: `ScrivenerError` of code `configuration_invalid`, with what is wrong and where.
package func configurationDocument(
    in bytes: [UInt8], isJSON: Bool
) throws(ScrivenerError) -> JSONValue {
    do {
        return try RawJSON(isJSON ? bytes : try json(fromYAML: bytes)).value()
    } catch let error as JSONError {
        throw ScrivenerError(
            .configurationInvalid, "this is not JSON",
            mistakes: [
                Mistake(
                    .configurationInvalid, at: "",
                    "byte \(error.offset): \(error.reason.rawValue)")
            ])
    } catch let error as ScrivenerError {
        // It speaks of plans.
        throw ScrivenerError(
            .configurationInvalid, "this is not YAML that can be read as JSON",
            mistakes: error.mistakes.map {
                Mistake(
                    .configurationInvalid, at: $0.path, $0.message, limit: $0.limit,
                    actual: $0.actual)
            })
    } catch {
        throw ScrivenerError(.configurationInvalid, "\(error)")
    }
}
