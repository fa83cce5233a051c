/// Writes the option table out for people.
public enum OptionReference {
    /// The text of `docs/configuration.md`.
    public static func markdown() -> String {
        var lines = [
            "# Options of ceilometer.conf", "",
            "Written from the option table in `Sources/Configuration/Options`; a test keeps the two equal.", "",
            "The file is read as oslo.config reads it: `[group]`, `option = value` or `option: value`, comments on lines",
            "of their own, indented lines that continue a value, `$option` and `${group.option}` for another option's",
            "value, `$$` for a plain `$`. Without `--config-file`, the first `ceilometer.conf` in `~/.ceilometer`, `~`,",
            "`/etc/ceilometer` and `/etc` is read, and after it the first `ceilometer-polling.conf`; without",
            "`--config-dir`, the `*.conf` in the first `ceilometer.conf.d` and `ceilometer-polling.conf.d` there. What",
            "is read later wins; an environment variable `OS_GROUP__OPTION` wins over all files.", "",
            "Options marked (A) are Aerostat's own.",
        ]
        for (group, options) in groups {
            lines += ["", "## [\(group)]", "", "| option | value | default | meaning |", "|---|---|---|---|"]
            lines += options.map(row)
        }
        lines += [
            "", "## Accepted without effect", "",
            "These options of Ceilometer and its libraries may stay in the file; their values are not looked at. Those",
            "that would send the log elsewhere than to standard error are warned about, and so is every option or group",
            "that is not on this page.", "",
        ]
        for (group, entries) in AcceptedOptions.names.sorted(by: { $0.key < $1.key }) {
            for (origin, keys) in entries {
                lines.append("- [\(group)], \(origin): \(keys.sorted().map { "`\($0)`" }.joined(separator: ", "))")
            }
        }
        let accepted = AcceptedOptions.groups.sorted().map { "`[\($0)]`" }.joined(separator: ", ")
        lines += ["- everything in \(accepted), and in a group that an `auth_section` names"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The text of `etc/aerostat/ceilometer.conf`: every option, commented out, with its default.
    public static func sampleFile() -> String {
        var lines = wrapped(
            "Every option that Aerostat reads, with its default. An existing ceilometer.conf of Ceilometer can be used "
                + "as it is: Ceilometer's other options are accepted and have no effect. Remove the # before an option to "
                + "change it."
        )
        for (group, options) in groups {
            lines += ["", "[\(group)]"]
            for option in options {
                lines += [""] + wrapped(option.help)
                lines += wrapped("Expected: \(option.type).")
                lines.append("#\(option.name.key) =\(option.defaultValue.map { $0.isEmpty ? "" : " \($0)" } ?? "")")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static var groups: [(group: String, options: [ConfigOption])] {
        var groups: [(group: String, options: [ConfigOption])] = []
        for option in OptionTable.used {
            if groups.last?.group != option.name.group { groups.append((option.name.group, [])) }
            groups[groups.count - 1].options.append(option)
        }
        return groups
    }

    private static func row(_ option: ConfigOption) -> String {
        let name =
            "`\(option.name.key)`\(option.origin == .aerostat ? " (A)" : "")\(option.isSecret ? " (secret)" : "")"
        let unit = option.unit.map { " (\($0))" } ?? ""
        let value = option.defaultValue.map { $0.isEmpty ? "nothing" : "`\($0)`\(unit)" } ?? "see right"
        let former =
            option.formerKeys.isEmpty ? "" : " Formerly \(option.formerKeys.map { "`\($0)`" }.joined(separator: ", "))."
        return "| \(name) | \(option.type) | \(value) | \(option.help)\(former) |"
    }

    /// The text as comment lines of at most 100 characters.
    private static func wrapped(_ text: String) -> [String] {
        var lines = ["#"]
        for word in text.split(separator: " ") {
            if lines[lines.count - 1].count + word.count >= 100 { lines.append("#") }
            lines[lines.count - 1] += " \(word)"
        }
        return lines
    }
}
