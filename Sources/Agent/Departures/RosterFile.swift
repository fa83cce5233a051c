import Foundation

/// Keeps the roster in a file of the state directory. It may be lost: then what was deleted while no agent ran is not
/// found out.
struct RosterFile: Sendable {
    let path: String

    init(directory: String) {
        path = "\(directory)/instances.json"
    }

    /// The roster; an empty one if there is none yet. Throws if there is one that cannot be read. Blocks.
    func load() throws -> InstanceRoster {
        do {
            return try JSONDecoder().decode(InstanceRoster.self, from: Data(contentsOf: URL(filePath: path)))
        } catch CocoaError.fileReadNoSuchFile {
            return InstanceRoster()
        }
    }

    /// Writes the roster. Throws if the disk does not take it. Blocks.
    func save(_ roster: InstanceRoster) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try encoder.encode(roster).write(to: URL(filePath: path), options: .atomic)
    }
}
