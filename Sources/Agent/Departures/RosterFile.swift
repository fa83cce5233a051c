import Configuration
import FoundationEssentials

/// Keeps the roster in a file of the state directory. It may be lost: then what was deleted while no agent ran is not
/// found out.
struct RosterFile: Sendable {
    let path: String

    /// Larger than the roster of any host.
    private static let limit = 64 << 20

    init(directory: String) {
        path = "\(directory)/instances.json"
    }

    /// Why there is no roster in the file.
    struct NoRoster: Error, CustomStringConvertible {
        let path: String

        var description: String { "\(path): it holds no list of instances; remove it" }
    }

    /// The roster; an empty one if there is none yet. Throws if there is one that cannot be read. Blocks.
    func load() throws -> InstanceRoster {
        let bytes: [UInt8]
        do {
            bytes = try LocalFiles().contents(of: path, limit: Self.limit)
        } catch  where error.reason == .notFound {
            return InstanceRoster()
        }
        do {
            return try JSONDecoder().decode(InstanceRoster.self, from: Data(bytes))
        } catch {
            throw NoRoster(path: path)
        }
    }

    /// Writes the roster. Throws if the disk does not take it. Blocks.
    func save(_ roster: InstanceRoster) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try LocalFiles().replace(path, with: [UInt8](encoder.encode(roster)))
    }
}
