/// A resource's metadata (`resource_metadata`): named values in their order.
public struct Metadata: Sendable, Hashable {
    /// The fields in the order in which they are sent.
    public private(set) var fields: [MetadataValue.Field]

    /// Metadata of those fields; of two with one name the later counts, at the place of the earlier.
    public init(_ fields: [MetadataValue.Field] = []) {
        self.fields = []
        self.fields.reserveCapacity(fields.count)
        for field in fields { self[field.name] = field.value }
    }

    /// The value of a field. Setting an absent field appends it; setting `nil` removes it.
    public subscript(name: String) -> MetadataValue? {
        get { fields.first { $0.name.isSame(as: name) }?.value }
        set {
            let index = fields.firstIndex { $0.name.isSame(as: name) }
            switch (index, newValue) {
            case (let index?, let value?): fields[index] = .init(name, value)
            case (let index?, nil): fields.remove(at: index)
            case (nil, let value?): fields.append(.init(name, value))
            case (nil, nil): break
            }
        }
    }

    /// A copy with further fields set.
    public func adding(_ more: [MetadataValue.Field]) -> Metadata {
        var copy = self
        for field in more { copy[field.name] = field.value }
        return copy
    }
}

extension String {
    /// Whether the texts hold the same characters, as JSON compares names (RFC 8259, section 8.3). Swift's `==` takes
    /// composed and decomposed letters for one.
    fileprivate func isSame(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
