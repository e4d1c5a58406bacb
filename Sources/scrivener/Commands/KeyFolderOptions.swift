// Which folder of keys a command works on.

import ArgumentParser
import ScrivenerModel
import ScrivenerSecurity

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The coordinator's folder of keys and tokens.
struct KeyFolderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The coordinator's folder of keys, as its --keys names it.", valueName: "directory"),
        completion: .directory)
    var keys = "keys"

    func validate() throws {
        guard !keys.isEmpty else { throw ValidationError("--keys is empty.") }
    }

    /// Makes it, for its owner alone, where it is not there.
    func make() throws(ScrivenerError) {
        guard mkdir(keys, 0o700) != 0, errno != EEXIST else { return }
        throw ScrivenerError(
            .configurationInvalid,
            "the folder of keys \(keys) cannot be made: \(SystemError.text(errno))")
    }
}
