import Glibc

/// Which file stands at a path: another one after a file system was mounted anew there, or the file was replaced.
struct FileIdentity: Hashable {
    private let device: UInt
    private let node: UInt

    /// The file at a path; `nil` if there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (device, node) = (UInt(status.st_dev), UInt(status.st_ino))
    }

    /// The file of a descriptor.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        (device, node) = (UInt(status.st_dev), UInt(status.st_ino))
    }

    /// The size of the file at a path; `nil` if there is none.
    static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}
