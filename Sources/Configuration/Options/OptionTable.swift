/// Every option that is known, and what is known of it.
public enum OptionTable {
    /// What is known of a name.
    enum Entry {
        /// An option that is read.
        case used(ConfigOption)
        /// An option, or anything in a group, that is accepted silently.
        case accepted
        /// Nothing in that group has that name.
        case unknownOption
        /// There is no such group.
        case unknownGroup
    }

    /// The options that are read, group by group: `DEFAULT` first.
    public static let used: [ConfigOption] = {
        let rows = CeilometerOptions.rows + AerostatOptions.rows + ServiceCredentialsOptions.rows
        var groups: [String] = []
        for row in rows where !groups.contains(row.name.group) { groups.append(row.name.group) }
        return groups.flatMap { group in rows.filter { $0.name.group == group } }
    }()

    private static let usedByName = Dictionary(used.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The names in each of the groups that hold options of ours.
    private static let keys: [String: Set<String>] = {
        var keys: [String: Set<String>] = [:]
        for row in used { keys[row.name.group, default: []].insert(row.name.key) }
        for (group, entries) in AcceptedOptions.names {
            keys[group, default: []].formUnion(entries.flatMap(\.keys))
        }
        return keys
    }()

    static func entry(_ name: OptionName) -> Entry {
        if let row = usedByName[name] { return .used(row) }
        if AcceptedOptions.groups.contains(name.group) { return .accepted }
        guard let known = keys[name.group] else { return .unknownGroup }
        return known.contains(name.key) ? .accepted : .unknownOption
    }

    static func isKnown(group: String) -> Bool {
        keys[group] != nil || AcceptedOptions.groups.contains(group)
    }

    /// What the name of an unknown group was probably meant to be.
    static func hint(forGroup group: String) -> String {
        NearMiss.hint(for: group, among: AcceptedOptions.groups.union(keys.keys))
    }

    /// What the name of an unknown option was probably meant to be: one of the same group, or its name in another.
    static func hint(for name: OptionName) -> String {
        let same = NearMiss.hint(for: name.key, among: keys[name.group] ?? [])
        guard same.isEmpty else { return same }
        let elsewhere = used.first { $0.name.key == name.key && $0.name.group != name.group }
        return elsewhere.map { "; it belongs into [\($0.name.group)]" } ?? ""
    }
}
