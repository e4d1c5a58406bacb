/// The version of this software, as `--version` prints it and workers report it.
package enum SoftwareVersion {
    package static let current = "0.1.0"
}
