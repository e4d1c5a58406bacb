// Where a command puts a secret that it has made.

import ArgumentParser
import ScrivenerModel
import ScrivenerSecurity

/// A file that nobody else can read, or stdout where that was asked for.
struct SecretOutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Write the secret to this file, which must not be there yet; - is stdout. In this folder, \
            under the name that it is for, when absent.
            """, valueName: "file"), completion: .file())
    var output: String?

    /// - Parameters:
    ///   - name: whom it is for.
    ///   - ending: of the file's name, where none was given.
    /// - Returns: the file, where there is one.
    func write(
        _ bytes: [UInt8], for name: String, ending: String
    ) throws(ScrivenerError) -> String? {
        guard output != "-" else {
            StandardStream.output.write(bytes)
            return nil
        }
        let path = output ?? name.split(separator: "/").joined(separator: "-") + ending
        try SecretFile.write(bytes, to: path)
        return path
    }
}
