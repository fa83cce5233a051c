public import Foundation

/// The inputs that a fuzzer begins with.
public struct Corpus: Sendable {
    /// A file of the corpus.
    public struct Input: Sendable, Hashable {
        /// The file's name.
        public let name: String
        /// What it holds.
        public let bytes: [UInt8]
    }

    /// Every input, in the order of the names.
    public let inputs: [Input]

    /// The files of a folder, but for hidden ones. Throws if one cannot be read, or if there is none.
    public init(folder: URL) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
        inputs = try names.sorted().map { name in
            Input(name: name, bytes: Array(try Data(contentsOf: folder.appending(path: name))))
        }
        guard !inputs.isEmpty else { throw CocoaError(.fileReadNoSuchFile) }
    }
}
