/// Says what an option's text is once every `$name` in it is replaced.
///
/// As in oslo.config a name without a group is looked for in the option's own group, then in `DEFAULT`; what is not set
/// counts with its default; a name that means nothing is an error. An option that is accepted without being read is
/// replaced by its text, its type being unknown here.
struct OptionResolver {
    /// Why an option has no text.
    enum Failure: Error, Hashable {
        /// A reference in the text of `holder` means nothing; the hint begins with `;` or is empty. Both may be parts of a
        /// password with a `$` in it.
        case undefined(name: String, hint: String, holder: OptionName)
        /// The option refers to itself, by way of these.
        case loop([OptionName])
        /// References lead too deep or to too much text.
        case tooLarge
        /// What it refers to is no good itself. That is told at that option.
        case elsewhere
    }

    /// How deep references may lead, and how long a text may become (characters). oslo.config has no limits.
    static let depthLimit = 64
    static let lengthLimit = 65536

    let sources: OptionSources
    /// Defaults that the machine decides.
    let machineDefaults: [OptionName: String]

    private var resolved: [OptionName: String] = [:]

    init(sources: OptionSources, machineDefaults: [OptionName: String]) {
        self.sources = sources
        self.machineDefaults = machineDefaults
    }

    /// The text of an option; `nil` if it is neither set nor has a default.
    mutating func text(of option: ConfigOption) throws(Failure) -> String? {
        try text(of: option.name, setting: sources[option], default: option.defaultValue, path: [])
    }

    private mutating func text(
        of name: OptionName, setting: OptionSources.Setting?, default defaultValue: String?, path: [OptionName]
    ) throws(Failure) -> String? {
        guard !path.contains(name) else { throw .loop(path + [name]) }
        guard path.count < Self.depthLimit else { throw .tooLarge }
        guard let text = setting?.text ?? machineDefaults[name] ?? defaultValue else { return nil }
        var result = ""
        for part in OptionTemplate(text).parts {
            switch part {
            case .text(let literal): result += literal
            case .reference(let reference): result += try value(of: reference, in: name, path: path + [name])
            }
            guard result.utf8.count <= Self.lengthLimit else { throw .tooLarge }
        }
        return result
    }

    private mutating func value(
        of reference: String, in holder: OptionName, path: [OptionName]
    ) throws(Failure) -> String {
        for name in Self.candidates(for: reference, in: holder.group) {
            if let known = resolved[name] { return known }
            let value: String
            switch OptionTable.entry(name) {
            case .used(let option):
                value = try referenceText(of: option, path: path)
            case .accepted:
                if let text = try text(of: name, setting: sources[name], default: nil, path: path) {
                    value = text
                } else if AcceptedOptions.groups.contains(name.group) {
                    continue
                } else {
                    throw .undefined(
                        name: reference, hint: "; \(name) is not set, and its default is not known here",
                        holder: holder)
                }
            case .unknownOption, .unknownGroup: continue
            }
            resolved[name] = value
            return value
        }
        throw .undefined(name: reference, hint: hint(for: reference, in: holder.group), holder: holder)
    }

    /// A value as another option gets it: not as it is written but as Python writes it, `True` for `yes`.
    private mutating func referenceText(of option: ConfigOption, path: [OptionName]) throws(Failure) -> String {
        if sources[option] == nil, let machineDefault = machineDefaults[option.name] { return machineDefault }
        guard
            let text = try text(
                of: option.name, setting: sources[option], default: option.defaultValue, path: path),
            let value = option.reference(text)
        else { throw .elsewhere }
        return value
    }

    /// The options that a reference may mean, the first that exists being meant.
    private static func candidates(for reference: String, in group: String) -> [OptionName] {
        guard let dot = reference.firstIndex(of: ".") else {
            let own = OptionName(group, reference)
            let common = OptionName(OptionName.defaultGroup, reference)
            return own == common ? [own] : [own, common]
        }
        let named = String(reference[..<dot])
        // oslo.config knows groups by their lower-case names here, and DEFAULT not at all.
        guard named == named.lowercased() else { return [] }
        return [OptionName(named, String(reference[reference.index(after: dot)...]))]
    }

    private func hint(for reference: String, in group: String) -> String {
        guard let dot = reference.firstIndex(of: ".") else {
            return OptionTable.hint(for: OptionName(group, reference))
        }
        let named = String(reference[..<dot])
        let rest = reference[reference.index(after: dot)...]
        if named == OptionName.defaultGroup { return "; options of [DEFAULT] are written $\(rest)" }
        let isOption = Self.candidates(for: named, in: group).contains { name in
            if case .used = OptionTable.entry(name) { return true }
            return sources[name] != nil
        }
        if isOption { return "; if the option \(named) is meant, write ${\(named)}.\(rest)" }
        return OptionTable.hint(for: OptionName(named, String(rest)))
    }
}
