import Agent
import Configuration
import Foundation

/// A folder with configuration files, which is removed with its last user.
final class ConfigurationFolder: Sendable {
    let path: String

    init(_ files: [String: String]) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "aerostat-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path(percentEncoded: false)
        for (name, text) in files {
            try Data(text.utf8).write(to: url.appending(path: name))
        }
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("cannot remove \(path): \(error)")
        }
    }

    /// The path of a file.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// What comes of `--config-file` with the folder's ceilometer.conf; the folder is the user's home as well.
    func load(needsPipelines: Bool = true, environment: [String: String] = [:]) -> AgentConfiguration.Loaded {
        let request = SettingsRequest(
            sources: [.file(file("ceilometer.conf"))],
            environment: HostEnvironment(hostName: "compute-1", home: path, variables: environment))
        // The files must be there until they are read, whether or not the caller still needs the folder.
        return withExtendedLifetime(self) {
            AgentConfiguration.load(request, needsPipelines: needsPipelines)
        }
    }
}
