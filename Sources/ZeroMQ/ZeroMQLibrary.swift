// The library that this process runs with, which need not be the one that it was built with.

internal import CZeroMQ

package enum ZeroMQLibrary {
    package static var version: (major: Int, minor: Int, patch: Int) {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return (Int(major), Int(minor), Int(patch))
    }
}
