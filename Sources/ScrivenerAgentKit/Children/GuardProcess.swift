// The process of a guard (`ChildGuard`): the script, and the pipe by which it hears.
//
// Started by hand and not with swift-subprocess, whose calls last as long as their child: the guard
// belongs to no attempt.

import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

final class GuardProcess: Sendable {
    let processID: pid_t
    /// Closed at an exec, so that nobody but this process holds it.
    private let descriptor: Int32

    /// Lines are `+ SESSION [CONTROL GROUP]` and `- SESSION`. Signals are for the worker: when it
    /// ends at one, the input ends. Then all that lives in the sessions is killed, whatever group it is
    /// in: in `/proc/N/stat` the state and the session are the first and the fourth word behind the
    /// program's name, which stands in brackets and may have any in it.
    static let script = """
        trap '' HUP INT QUIT TERM
        cd /
        sessions=
        while read -r sign session path; do
            case $sign in
            +)  sessions="$sessions $session"
                eval "path_$session=\\$path" ;;
            -)  rest=
                for other in $sessions; do
                    if [ "$other" != "$session" ]; then rest="$rest $other"; fi
                done
                sessions=$rest
                unset "path_$session" ;;
            esac
        done
        if [ -z "$sessions" ]; then exit 0; fi
        for session in $sessions; do
            kill -s KILL -- "-$session"
            eval "path=\\$path_$session"
            if [ -n "$path" ]; then echo 1 >"$path/cgroup.kill"; fi
        done
        for try in 1 2 3 4 5 6 7 8 9 10; do
            left=
            for file in /proc/[0-9]*/stat; do
                read -r line <"$file" || continue
                set -- ${line##*) }
                case $1 in Z|X) continue ;; esac
                case " $sessions " in
                *" $4 "*)
                    file=${file#/proc/}
                    kill -s KILL "${file%/stat}"
                    left=1 ;;
                esac
            done
            for session in $sessions; do
                eval "path=\\$path_$session"
                if [ -n "$path" ] && [ -d "$path" ]; then rmdir "$path" || left=1; fi
            done
            if [ -z "$left" ]; then exit 0; fi
            sleep 0.1
        done
        """

    private init(processID: pid_t, pipe: Int32) {
        self.processID = processID
        descriptor = pipe
    }

    deinit { close(descriptor) }

    /// - Parameter onEnd: called on a thread of its own when the process has ended, before its number
    ///   can be another's.
    /// - Returns: `nil` when the system gives no process.
    static func start(onEnd: @escaping @Sendable (pid_t) -> Void) -> GuardProcess? {
        var ends: [Int32] = [-1, -1]
        defer { close(ends[0]) }
        let started = oneAtATime.withLock { _ in
            makePipe(&ends) ? spawn(reading: ends[0]) : nil
        }
        guard let processID = started else {
            close(ends[1])
            return nil
        }
        Thread.detachNewThread {
            var end = siginfo_t()
            while waitid(P_PID, id_t(processID), &end, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            // One that ends at once, again and again, must not keep a processor busy.
            Thread.sleep(forTimeInterval: 0.05)
            onEnd(processID)
            waitpid(processID, nil, 0)
        }
        return GuardProcess(processID: processID, pipe: ends[1])
    }

    /// Guards are started one after the other: none gets hold of another's pipe before it is marked to
    /// be closed at an exec. Children get no descriptors at all.
    private static let oneAtATime = Mutex(())

    private static func makePipe(_ ends: inout [Int32]) -> Bool {
        guard pipe(&ends) == 0 else { return false }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // Not blocking: a guard that does not read must not hold up the worker.
        return fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0
    }

    private static func spawn(reading input: Int32) -> pid_t? {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawnattr_init(&attributes) == 0 else { return nil }
        defer { posix_spawnattr_destroy(&attributes) }
        // Until the script has said that it ignores them.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] { sigaddset(&blocked, signal) }
        let flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGMASK)
        guard posix_spawn_file_actions_adddup2(&actions, input, 0) == 0,
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0,
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0,
            posix_spawnattr_setpgroup(&attributes, 0) == 0,
            posix_spawnattr_setsigmask(&attributes, &blocked) == 0,
            posix_spawnattr_setflags(&attributes, Int16(flags)) == 0
        else { return nil }
        let arguments = copies(["sh", "-c", script, "scrivener-guard"])
        let environment = copies(["PATH=/usr/local/bin:/usr/bin:/bin"])
        defer { for text in arguments + environment { free(text) } }
        var processID: pid_t = 0
        let error = posix_spawn(
            &processID, "/bin/sh", &actions, &attributes, arguments, environment)
        return error == 0 ? processID : nil
    }

    private static func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }

    /// - Returns: whether the line lies in the pipe, from which the script reads it even when this
    ///   process is dead by then. It is written whole or not at all.
    func tell(_ line: String) -> Bool {
        var line = line
        return line.withUTF8 { write(descriptor, $0.baseAddress, $0.count) == $0.count }
    }

    /// Ends it without its killing anybody. Not after `onEnd`.
    func end() { kill(processID, SIGKILL) }
}
