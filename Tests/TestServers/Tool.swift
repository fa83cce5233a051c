import Foundation

/// A program that the tests need.
struct Tool {
    let url: URL

    /// Finds a program; a missing one is an error, for a test that does not run proves nothing.
    init(_ name: String) throws {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let paths = (folders + ["/usr/sbin", "/sbin"]).map { "\($0)/\(name)" }
        guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
            throw ToolError("\(name) is not installed; run Tests/run.sh, which installs what the tests need")
        }
        url = URL(fileURLWithPath: path)
    }

    /// Runs it to its end; throws what it printed if it fails.
    func run(_ arguments: [String], in folder: URL) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = url
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ToolError("\(url.lastPathComponent) \(arguments.joined(separator: " ")): \(text)")
        }
    }
}

/// Why a test's surroundings could not be made.
public struct ToolError: Error, CustomStringConvertible {
    /// What failed.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
