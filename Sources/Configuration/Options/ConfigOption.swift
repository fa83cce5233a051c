/// One row of the option table: an option that has a meaning here.
public struct ConfigOption: Sendable {
    /// Who defined it.
    public enum Origin: String, Sendable {
        /// Ceilometer 27 or one of its libraries.
        case ceilometer
        /// This agent; Ceilometer knows nothing of it.
        case aerostat
    }

    /// Its name.
    public let name: OptionName
    /// What values it takes, as `OptionType.expectation`.
    public let type: String
    /// What it is unless set, as a file would have it. `nil` if the machine decides; `help` then says how.
    public let defaultValue: String?
    /// What a plain number counts.
    public let unit: String?
    /// What it is for, in a sentence or a few.
    public let help: String
    /// Who defined it.
    public let origin: Origin
    /// Whether its value must never be shown.
    public let isSecret: Bool
    /// What the option was called before; files may still have it so (`deprecated_name`).
    public let formerKeys: [String]
    /// The value as oslo.config writes it into another option; `nil` if the text is no good.
    let reference: @Sendable (String) -> String?
}

extension ConfigOption {
    /// All names under which it may stand in a file, today's first.
    var names: [OptionName] { [name] + formerKeys.map { OptionName(name.group, $0) } }
}

/// A row of the option table, with the Swift type of its values.
struct TypedOption<Value: Sendable>: Sendable {
    let row: ConfigOption
    let type: OptionType<Value>

    init(
        _ origin: ConfigOption.Origin, _ group: String, _ key: String, _ type: OptionType<Value>,
        default defaultValue: String?, unit: String? = nil, secret: Bool = false, formerly: [String] = [],
        _ help: String
    ) {
        self.type = type
        row = ConfigOption(
            name: OptionName(group, key), type: type.expectation, defaultValue: defaultValue, unit: unit, help: help,
            origin: origin, isSecret: secret,
            formerKeys: formerly, reference: { type.parse($0).map(type.format) })
    }
}
