import Foundation
import Glibc

/// A finished command.
struct Finished {
    let status: Int32
    let output: String
    let errors: String
}

/// Why a command could not be used.
struct CommandError: Error, CustomStringConvertible {
    let description: String
}

/// Runs a command to its end, at most for that long. Its output goes through files, so that nothing can block.
@discardableResult
func run(
    _ executable: String, _ arguments: [String], environment: [String: String] = [:], within seconds: Double = 60
) async throws -> Finished {
    let folder = try TemporaryFolder()
    let out = folder.path("out")
    let err = folder.path("err")
    let process = try ChildProcess(executable, arguments, environment: environment, output: out, errors: err)
    do {
        try await eventually("\(executable) \(arguments.joined(separator: " ")) ends", within: seconds) {
            !process.isRunning
        }
    } catch {
        process.signal(SIGKILL)
        throw error
    }
    return Finished(
        status: process.status ?? -1, output: try String(contentsOfFile: out, encoding: .utf8),
        errors: try String(contentsOfFile: err, encoding: .utf8))
}

/// Waits until a condition of the outside world holds, which nobody announces: looks again and again until a deadline.
func eventually(
    _ what: String, within seconds: Double, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if try await condition() { return }
        guard ContinuousClock.now < deadline else {
            throw CommandError(description: "not within \(seconds) s: \(what)")
        }
        try await Task.sleep(for: .milliseconds(50))
    }
}

/// A folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "aerostat-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("\(path) is left: \(error)") }
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }
}
