/// Where options are set: the files in the order of their reading, of which the last one wins, and the environment,
/// which wins over all (`oslo_config.sources._environment`).
struct OptionSources {
    /// What an option was set to, before `$` is expanded.
    struct Setting {
        let text: String
        /// Where its value stands; `nil` for an environment variable.
        let location: SourceLocation?
        /// Where the same file had set it before, to no avail.
        let shadowed: SourceLocation?
        /// The file's place in the order of their reading; the environment comes after all of them.
        fileprivate let order: Int
    }

    private let environment: [String: String]
    private var settings: [OptionName: Setting] = [:]

    init(documents: [IniDocument], environment: [String: String]) {
        self.environment = environment
        for (order, document) in documents.enumerated() {
            for assignment in document.assignments {
                let name = OptionName(assignment.section, assignment.key)
                // A file may be given twice: only a line above is an earlier one.
                let shadowed = settings[name]?.location.flatMap { earlier in
                    earlier.file == document.file && earlier.line < assignment.location.line ? earlier : nil
                }
                settings[name] = Setting(
                    text: assignment.value, location: assignment.valueLocation, shadowed: shadowed, order: order)
            }
        }
    }

    /// What sets an option; `nil` if nothing does.
    subscript(name: OptionName) -> Setting? {
        if let value = environment[name.environmentVariable] {
            return Setting(text: value, location: nil, shadowed: nil, order: .max)
        }
        return settings[name]
    }

    /// What sets an option, under today's name or a former one: of several the one that is read last, and in one file
    /// today's.
    subscript(option: ConfigOption) -> Setting? {
        guard !option.formerKeys.isEmpty else { return self[option.name] }
        var found: Setting?
        for name in option.names {
            guard let setting = self[name], setting.order > found?.order ?? -1 else { continue }
            found = setting
        }
        return found
    }
}
