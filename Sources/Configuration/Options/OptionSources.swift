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
    }

    private let environment: [String: String]
    private var settings: [OptionName: Setting] = [:]

    init(documents: [IniDocument], environment: [String: String]) {
        self.environment = environment
        for document in documents {
            for assignment in document.assignments {
                let name = OptionName(assignment.section, assignment.key)
                // A file may be given twice: only a line above is an earlier one.
                let shadowed = settings[name]?.location.flatMap { earlier in
                    earlier.file == document.file && earlier.line < assignment.location.line ? earlier : nil
                }
                settings[name] = Setting(
                    text: assignment.value, location: assignment.valueLocation, shadowed: shadowed)
            }
        }
    }

    /// What sets an option; `nil` if nothing does.
    subscript(name: OptionName) -> Setting? {
        if let value = environment[name.environmentVariable] {
            return Setting(text: value, location: nil, shadowed: nil)
        }
        return settings[name]
    }
}
