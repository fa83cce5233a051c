import Foundation
import Glibc
import Synchronization

/// Keeps the input that is being tried in a file, where it is found after a trap has ended the process; and ends the
/// process itself when a try does not end.
final class TriedInput: Sendable {
    /// The file.
    let path: String
    private let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var began: ContinuousClock.Instant?
        var isDone = false
    }

    /// So long a try may take before the process is ended; there is no other way to get out of a loop.
    private static let patience = Duration.seconds(300)

    init(name: String) throws {
        path =
            FileManager.default.temporaryDirectory
            .appending(path: "aerostat-fuzz-\(name)-\(ProcessInfo.processInfo.processIdentifier).input").path
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        Thread.detachNewThread { [self] in watch() }
    }

    deinit { Glibc.close(descriptor) }

    /// Notes what is tried from now on.
    func begin(_ bytes: [UInt8]) throws {
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count, ftruncate(descriptor, off_t(count)) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        state.withLock { $0.began = .now }
    }

    /// Notes that nothing is being tried.
    func pause() { state.withLock { $0.began = nil } }

    /// Ends the watch, and removes the file unless it is to be kept.
    func end(keeping: Bool) {
        state.withLock { $0.isDone = true }
        if !keeping { unlink(path) }
    }

    /// A line on standard error, at once.
    static func say(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }

    private func watch() {
        while true {
            let (isDone, began) = state.withLock { ($0.isDone, $0.began) }
            if isDone { return }
            if let began, began.duration(to: .now) > Self.patience {
                Self.say("fuzz: a try has not ended for \(Self.patience); its input is in \(path)")
                abort()
            }
            usleep(200_000)
        }
    }
}
