/// Warns of the options and groups of a file that nobody knows: oslo.config ignores them without a word.
enum UnknownOptions {
    /// After so many a file's further ones are not told of.
    static let limit = 100

    private enum Finding {
        case group(String)
        case option(OptionName)

        var message: String {
            switch self {
            case .group(let name): "nothing reads the group \(name.excerpt)\(OptionTable.hint(forGroup: name))"
            case .option(let name):
                "nothing reads the option \(name.key.excerpt) of [\(name.group)]\(OptionTable.hint(for: name))"
            }
        }
    }

    /// A warning for each in this document. Groups that an `auth_section` names are known.
    static func warnings(in document: IniDocument, authSections: Set<String>) -> Diagnostics {
        var findings: [(at: SourceLocation, what: Finding)] = []
        var told = authSections
        for section in document.sections {
            let group = OptionName.normalize(group: section.name)
            if !OptionTable.isKnown(group: group), told.insert(group).inserted {
                findings.append((section.location, .group(section.name)))
            }
        }
        for assignment in document.assignments {
            let name = OptionName(assignment.section, assignment.key)
            if case .unknownOption = OptionTable.entry(name) { findings.append((assignment.location, .option(name))) }
        }
        findings.sort { ($0.at.line, $0.at.column) < ($1.at.line, $1.at.column) }
        var warnings = Diagnostics()
        for (location, finding) in findings.prefix(limit) { warnings.warning(at: location, finding.message) }
        if findings.count > limit {
            warnings.warning(
                at: findings[limit].at, "\(findings.count - limit) more unknown groups and options from here on")
        }
        return warnings
    }

    /// The groups that hold credentials by the files' own word (`keystoneauth1.loading`).
    static func authSections(of documents: [IniDocument]) -> Set<String> {
        Set(
            documents.flatMap(\.assignments).filter { $0.key == "auth_section" }
                .map { OptionName.normalize(group: $0.value) })
    }
}
