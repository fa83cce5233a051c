internal import Foundation
internal import Glibc

/// What configuration depends on besides files.
public struct HostEnvironment: Sendable {
    /// The machine's name, as `gethostname(2)` has it.
    public var hostName: String
    /// The user's home directory; `nil` if there is none.
    public var home: String?
    /// The environment variables. `SNAP` and `SNAP_COMMON` say where else files are looked for; `OS_GROUP__OPTION` sets
    /// an option.
    public var variables: [String: String]

    /// An environment of these.
    public init(hostName: String, home: String?, variables: [String: String] = [:]) {
        self.hostName = hostName
        self.home = home
        self.variables = variables
    }

    /// This process's own.
    public static func current() -> HostEnvironment {
        let variables = ProcessInfo.processInfo.environment
        let home = variables["HOME"] ?? FileManager.default.homeDirectoryForCurrentUser.path(percentEncoded: false)
        return HostEnvironment(
            hostName: machineName() ?? "localhost",
            home: home.isEmpty ? nil : home,
            variables: variables)
    }

    private static func machineName() -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return nil }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.isEmpty ? nil : name
    }
}
