/// An option's full name. Groups are named without regard to case, but for `DEFAULT`; options are not
/// (`oslo_config.cfg._normalize_group_name`).
public struct OptionName: Sendable, Hashable {
    /// The group that needs no name.
    public static let defaultGroup = "DEFAULT"

    /// The group: `DEFAULT`, or in lower case.
    public let group: String
    /// The option.
    public let key: String

    /// The option `key` of `group`, however that is written.
    public init(_ group: String, _ key: String) {
        self.group = Self.normalize(group: group)
        self.key = key
    }

    /// The name by which a group is known.
    static func normalize(group: String) -> String {
        group == defaultGroup ? group : group.lowercased()
    }

    /// The environment variable that overrides the option (`oslo_config.sources._environment`).
    var environmentVariable: String { "OS_\(group.uppercased())__\(key.uppercased())" }
}

extension OptionName: CustomStringConvertible {
    /// `[group] option`
    public var description: String { "[\(group)] \(key)" }
}
