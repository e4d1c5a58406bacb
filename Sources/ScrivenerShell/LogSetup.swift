// How the programs log: one line an event on standard error, so that standard output stays for data.

package import Logging
import ScrivenerModel

/// Sets up logging for a program.
package enum LogSetup {
    /// - Throws: `ScrivenerError` for a word that is no level.
    package static func level(_ word: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: word) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ScrivenerError(
                .configurationInvalid, "\(word) is no log level; there are \(levels)")
        }
        return level
    }

    /// - Parameter level: `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    package static func bootstrap(label: String, level: Logger.Level) -> Logger {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: label)
    }
}
