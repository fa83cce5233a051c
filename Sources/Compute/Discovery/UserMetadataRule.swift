import Telemetry

/// Which of the metadata that a server's user has set goes into samples, as `user_metadata`
/// (ceilometer.sample, `add_reserved_user_metadata`).
public struct UserMetadataRule: Sendable, Hashable {
    /// `[DEFAULT] reserved_metadata_namespace`: keys with these prefixes, without them.
    public var namespaces: [String]
    /// `[DEFAULT] reserved_metadata_length`: how many characters of a text are kept. Below 0, so many are left out at
    /// the end, as Python's slices have it.
    public var length: Int
    /// `[DEFAULT] reserved_metadata_keys`: these keys.
    public var keys: [String]

    /// Ceilometer's defaults, where nothing else is said.
    public init(namespaces: [String] = ["metering."], length: Int = 256, keys: [String] = []) {
        self.namespaces = namespaces
        self.length = length
        self.keys = keys
    }

    /// The `user_metadata` of a server; `nil` if it has none. Full stops in keys become `_`, and keys that the samples'
    /// metadata has anyway are left out.
    func userMetadata(
        _ server: [MetadataValue.Field], besides metadata: Metadata
    ) -> MetadataValue? {
        var chosen = Metadata()
        func choose(_ key: some StringProtocol, _ value: MetadataValue) {
            let key = String(key.map { $0 == "." ? "_" : $0 })
            if metadata[key] == nil { chosen[key] = cut(value) }
        }
        for namespace in namespaces {
            for field in server where field.name.hasPrefix(namespace) {
                choose(field.name.dropFirst(namespace.count), field.value)
            }
        }
        for key in keys {
            for field in server where field.name == key { choose(field.name, field.value) }
        }
        return chosen.fields.isEmpty ? nil : .object(chosen.fields)
    }

    private func cut(_ value: MetadataValue) -> MetadataValue {
        guard case .string(let text) = value else { return value }
        let scalars = text.unicodeScalars
        let kept = length >= 0 ? length : max(0, scalars.count + max(length, -scalars.count))
        return .string(String(String.UnicodeScalarView(scalars.prefix(kept))))
    }
}
