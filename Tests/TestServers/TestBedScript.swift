import Foundation

/// A script of `Tests/TestBed` and the services that it has brought up. Tests/run.sh exports where they are; without it
/// there are none.
public struct TestBedScript: Sendable {
    private let path: String

    /// The script of that name in `AEROSTAT_TEST_BED`; `nil` without that.
    public init?(_ name: String) {
        guard let folder = ProcessInfo.processInfo.environment["AEROSTAT_TEST_BED"] else { return nil }
        path = "\(folder)/\(name)"
    }

    /// A variable that Tests/run.sh exports.
    public static func variable(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    /// Runs it to its end, six minutes at most, off the cooperative pool. What it printed, without the line break at its
    /// end; throws what it said if it fails.
    @discardableResult
    public func run(_ arguments: String...) async throws -> String {
        let path = path
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try Self.run(path, arguments) }) }
        }
    }

    private static func run(_ path: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["-k", "5", "360", path] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Both are short: neither fills its pipe while the other is read.
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ToolError("\(path) \(arguments.joined(separator: " ")): \(said)")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
