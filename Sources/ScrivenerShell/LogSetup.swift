// How the programs log: on standard error, so that standard output stays for data. An event begins a line, and only an
// event does.

package import Logging

/// Sets up logging for a program.
package enum LogSetup {
    /// - Parameter level: `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    package static func bootstrap(label: String, level: Logger.Level) -> Logger {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler(label: label, stream: LogStream())
            handler.logLevel = level
            return handler
        }
        return Logger(label: label)
    }
}
