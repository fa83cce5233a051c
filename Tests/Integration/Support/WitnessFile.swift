import Foundation

/// What a `file://` publisher with `json` has written: what the agent had collected, whatever became of it.
struct WitnessFile {
    /// The ids of all samples.
    let ids: Set<String>

    /// Reads it. The last line of each life of an agent that was killed may be torn; the next life's first line then
    /// stands behind it in the same line.
    init(_ path: String) throws {
        var ids: Set<String> = []
        for line in try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n")) {
            if let id = try Self.id(line) {
                ids.insert(id)
            } else {
                for start in line.ranges(of: Self.start) {
                    if let id = try Self.id(line[start.lowerBound...]) { ids.insert(id) }
                }
            }
        }
        self.ids = ids
    }

    /// `nil` if that is no sample.
    private static func id(_ line: Data) throws -> String? {
        do {
            return try JSONDecoder().decode(SampleStamp.self, from: line).id
        } catch is DecodingError {
            return nil
        }
    }

    /// What a sample begins with.
    private static let start = Data(#"{"name": "#.utf8)
}
