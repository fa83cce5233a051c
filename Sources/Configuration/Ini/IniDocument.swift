/// A file as `oslo_config.iniparser` reads it: what it assigns, in its order. Nothing is interpreted yet.
public struct IniDocument: Sendable, Hashable {
    /// A `[name]` line.
    public struct Section: Sendable, Hashable {
        /// The name between the brackets, as written; oslo strips nothing from it.
        public let name: String
        /// Where its bracket stands.
        public let location: SourceLocation
    }

    /// A `key = value` with its continuation lines.
    public struct Assignment: Sendable, Hashable {
        /// The section it stands in, as written.
        public let section: String
        /// The key.
        public let key: String
        /// The value: one pair of enclosing quotes removed, continuation lines joined with newlines, `$` not expanded.
        public let value: String
        /// Where the key begins.
        public let location: SourceLocation
        /// Where the value begins; just behind the delimiter if its line is empty there.
        public let valueLocation: SourceLocation
    }

    /// The file's path, as it occurs in every location.
    public let file: String
    /// Every section line, in order; a section may occur more than once.
    public internal(set) var sections: [Section] = []
    /// Every assignment, in order; a key may occur more than once.
    public internal(set) var assignments: [Assignment] = []

    init(file: String) {
        self.file = file
    }
}
