// The keys of a pool that is measured.

import ScrivenerModel
import ScrivenerSecurity
import ZeroMQ

/// Gives each process of a pool a key.
struct BenchKeys {
    private let folder: KeyFolder
    private let path: String

    /// - Throws: `CommandFailure`.
    init(in path: String) throws {
        self.path = path
        folder = KeyFolder(path + "/keys")
        do throws(ScrivenerError) { try folder.initialise() } catch { throw CommandFailure(error) }
    }

    /// Makes what a process needs.
    ///
    /// - Returns: the options that name it.
    /// - Throws: `CommandFailure`.
    func options(for process: ClusterProcess) throws -> [String] {
        guard process.role == .worker, let worker = WorkerName(process.name) else {
            return ["--keys", folder.path]
        }
        let secret = "\(path)/\(process.name).secret"
        do throws(ScrivenerError) {
            try folder.addWorker(worker) { (pair) throws(ScrivenerError) in
                try SecretFile.write(
                    WorkerKeyFile.bytes(of: pair.secretKey, for: "worker \(worker)'s"), to: secret)
            }
        } catch { throw CommandFailure(error) }
        return ["--coordinator-key", folder.path(of: .publicKeys), "--key", secret]
    }
}
