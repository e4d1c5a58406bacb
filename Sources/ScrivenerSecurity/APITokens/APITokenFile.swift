// The file of tokens in a folder of keys.

package import ScrivenerModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reading and changing the tokens of a folder.
package struct APITokenFile: Sendable {
    package let path: String
    private let directory: String

    /// - Parameter directory: the coordinator's folder of keys.
    package init(in directory: String) {
        self.directory = directory
        path = directory + "/api-tokens"
    }

    var stamp: FileStamp? { FileStamp(of: path) }

    /// - Returns: `nil` when there is no such file.
    /// - Throws: `configuration_invalid` when it cannot be read, others can read it, or it is no such file.
    package func read() throws(ScrivenerError) -> APITokenList? {
        guard stamp != nil else { return nil }
        return try APITokenList(
            SecretFile.read(path, maximumBytes: APITokenList.maximumBytes), path: path)
    }

    /// Changes the file, and makes it where there is none. Two processes that change it at once do so one
    /// after the other.
    ///
    /// - Throws: `configuration_invalid` when the folder cannot be used, and what `change` throws.
    package func update<Value>(
        _ change: (inout APITokenList) throws(ScrivenerError) -> Value
    ) throws(ScrivenerError) -> Value {
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0, flock(folder, LOCK_EX) == 0 else { throw unusable(errno) }
        defer { close(folder) }
        var list = try read() ?? APITokenList()
        let value = try change(&list)
        try SecretFile.write(Array(list.text.utf8), to: path, replacing: true)
        return value
    }

    private func unusable(_ code: CInt) -> ScrivenerError {
        ScrivenerError(
            .configurationInvalid,
            "the folder of keys \(directory) cannot be used: \(String(cString: strerror(code)))")
    }
}
