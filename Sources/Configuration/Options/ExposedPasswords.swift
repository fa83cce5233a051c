/// Passwords in files that every user of the host can read.
enum ExposedPasswords {
    /// A warning for each file, at the first password in it.
    static func warnings(in documents: [IniDocument], files: any FileAccess) -> Diagnostics {
        var diagnostics = Diagnostics()
        var seen: Set<String> = []
        for document in documents where seen.insert(document.file).inserted {
            guard let secret = document.assignments.first(where: isSecret),
                let exposure = files.exposure(of: document.file)
            else { continue }
            diagnostics.warning(at: secret.valueLocation, exposure.warning)
        }
        return diagnostics
    }

    private static func isSecret(_ assignment: IniDocument.Assignment) -> Bool {
        let value = assignment.value
        guard !value.isEmpty else { return false }
        // transport_url, connection: user and password in a URL.
        if value.mayHoldPassword, value.contains("//") { return true }
        // Ceilometer's default, which stands in every documentation, is no secret.
        guard value != CeilometerOptions.telemetrySecret.row.defaultValue else { return false }
        return ["password", "secret"].contains { assignment.key.lowercased().hasSuffix($0) }
    }
}

extension FileExposure {
    /// What to say of a file that holds a password.
    public var warning: String {
        "every user of this host can read this password (mode \(mode)); close the file: \(remedy)"
    }
}
