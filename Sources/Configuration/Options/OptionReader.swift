/// Reads options from where they are set, and tells of every one that is no good.
struct OptionReader {
    let sources: OptionSources
    private(set) var diagnostics = Diagnostics()
    private var resolver: OptionResolver

    init(sources: OptionSources, machineDefaults: [OptionName: String]) {
        self.sources = sources
        resolver = OptionResolver(sources: sources, machineDefaults: machineDefaults)
    }

    /// The option's value or default; `nil` if it is no good, which has been told then.
    mutating func value<Value>(_ option: TypedOption<Value>) -> Located<Value>? {
        let setting = sources[option.row.name]
        if let setting, let shadowed = setting.shadowed {
            diagnostics.warning(
                at: setting.location, "\(option.row.name) is set a second time; line \(shadowed.line) has no effect")
        }
        do {
            guard let text = try resolver.text(of: option.row) else { return nil }
            if let value = option.type.parse(text) { return Located(value, at: setting?.location) }
            complain(of: option.row, setting, Self.mismatch(text, setting, option))
        } catch {
            complain(of: option.row, setting, message(for: error, in: option.row))
        }
        return nil
    }

    /// The option's value, or this one where nothing sets it.
    mutating func value<Value>(_ option: TypedOption<Value>, or machineDefault: Value) -> Located<Value>? {
        sources[option.row.name] == nil ? Located(machineDefault, at: nil) : value(option)
    }

    /// Tells of an option whose value is good but will not do what its user expects.
    mutating func warn(of name: OptionName, _ message: String) {
        guard let setting = sources[name] else { return }
        diagnostics.warning(at: setting.location, "\(Self.origin(of: name, setting))\(name): \(message)")
    }

    /// Tells of an option that is missing, or good by itself but not with others.
    mutating func refuse(_ name: OptionName, _ message: String) {
        let setting = sources[name]
        diagnostics.error(at: setting?.location, "\(Self.origin(of: name, setting))\(name): \(message)")
    }

    private mutating func complain(of option: ConfigOption, _ setting: OptionSources.Setting?, _ message: String?) {
        guard let message else { return }
        diagnostics.error(
            at: setting?.location, "\(Self.origin(of: option.name, setting))\(option.name): \(message)")
    }

    private static func origin(of name: OptionName, _ setting: OptionSources.Setting?) -> String {
        setting != nil && setting?.location == nil ? "environment variable \(name.environmentVariable): " : ""
    }

    private static func mismatch<Value>(
        _ text: String, _ setting: OptionSources.Setting?, _ option: TypedOption<Value>
    ) -> String {
        let expected = "expected \(option.type.expectation)"
        if option.row.isSecret { return expected }
        // A hint would give as much away as the value: they differ by a few letters.
        if let setting, OptionTemplate(setting.text).hasReferences {
            return "\(expected); the value is not shown because it comes from other options"
        }
        if text.mayHoldPassword { return "\(expected); the value is not shown because it may hold a password" }
        let hint = NearMiss.hint(for: text, among: option.type.choices)
        return "\(expected), not \(text.isEmpty ? "nothing" : text.excerpt)\(hint)"
    }

    /// `nil` for what is told elsewhere. References in a secret, or in what may hold a password, are not named: they may
    /// be a part of it.
    private func message(for failure: OptionResolver.Failure, in option: ConfigOption) -> String? {
        switch failure {
        case .undefined(_, _, let holder) where holder != option.name:
            return "it refers to \(place(of: holder)), in which \(Self.undefinedUnnamed)"
        case .undefined(let name, let hint, _):
            guard !option.isSecret, sources[option.name]?.text.mayHoldPassword != true
            else { return Self.undefinedUnnamed }
            return "no option is called \(name.excerpt)\(hint); write $$ for a plain $"
        case .loop(let names):
            return "its value refers to itself: \(names.map(\.description).joined(separator: " → "))"
        case .tooLarge:
            return "its value refers to options more than \(OptionResolver.depthLimit) deep, or to more than "
                + "\(OptionResolver.lengthLimit) bytes"
        case .elsewhere: return nil
        }
    }

    private static let undefinedUnnamed = "a $ is followed by no option that has a value; write $$ for a plain $"

    /// An option's name and where it is set.
    private func place(of name: OptionName) -> String {
        guard let setting = sources[name] else { return name.description }
        return "\(name) (\(setting.location?.description ?? "environment variable \(name.environmentVariable)"))"
    }
}
