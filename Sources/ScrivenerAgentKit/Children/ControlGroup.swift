// A control group (cgroup v2) for one child, below the worker's own: whatever the child starts stays in
// it, also what makes a session of its own, and the kernel kills all of it at a word.
//
// Only where the worker's own group was handed to it to divide ("delegated"): it may make folders there
// and move processes. Where not, a child has its session alone.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct ControlGroup: Sendable {
    let path: String

    /// The worker's own group, where it may make others in it.
    static let parent: String? = {
        // `0::/path` is the line of version 2: see cgroups(7).
        guard let table = KernelFile.text("/proc/self/cgroup"),
            let line = table.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
        else { return nil }
        let own = line.dropFirst("0::".count)
        guard !own.contains("/..") else { return nil }
        // Alone, or beside the groups of version 1.
        return ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map { $0 + own }.first {
            access($0 + "/cgroup.procs", W_OK) == 0 && access($0, W_OK) == 0
        }
    }()

    /// Where the group of a child would be; nothing is made yet.
    init?(for child: pid_t) {
        guard let parent = Self.parent else { return nil }
        let suffix = String(UInt32.random(in: .min ... .max), radix: 16)
        let folder = parent.hasSuffix("/") ? parent : parent + "/"
        path = folder + "scrivener-child-\(child)-\(suffix)"
    }

    /// Makes the group and moves the child into it.
    ///
    /// - Returns: `false` when that is not possible here; then nothing is left of it.
    func take(_ child: pid_t) -> Bool {
        guard mkdir(path, 0o755) == 0 else { return false }
        // Kernels before 5.14 have no such file.
        if access(path + "/cgroup.kill", W_OK) == 0,
            KernelFile.put("\(child)", into: path + "/cgroup.procs")
        {
            return true
        }
        rmdir(path)
        return false
    }

    var isPopulated: Bool {
        KernelFile.text(path + "/cgroup.events")?.contains("populated 1") ?? false
    }

    /// Those in the group itself; what is in groups that the child made in it is missing.
    var members: Set<pid_t> {
        let lines = (KernelFile.text(path + "/cgroup.procs") ?? "").split(separator: "\n")
        // 0 is a process that this one cannot see.
        return Set(lines.compactMap { pid_t($0) }.filter { $0 > 1 })
    }

    /// What all that was ever in it has used.
    var processorTime: Duration? {
        let lines = (KernelFile.text(path + "/cpu.stat") ?? "").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("usage_usec ") }),
            let time = Int64(line.dropFirst("usage_usec ".count))
        else { return nil }
        return .microseconds(time)
    }

    /// For a polite signal only: it does not see what a fork adds meanwhile.
    func signal(_ signal: Int32) {
        for process in members { kill(process, signal) }
    }

    func killAll() { _ = KernelFile.put("1", into: path + "/cgroup.kill") }

    /// Removes the group, which has to be empty, and those that the child made in it.
    func remove() { Self.remove(path) }

    private static func remove(_ path: String) {
        guard rmdir(path) != 0, let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { remove(path + "/" + name) }
        }
        closedir(folder)
        rmdir(path)
    }
}
