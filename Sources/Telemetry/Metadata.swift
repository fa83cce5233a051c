/// A resource's metadata (`resource_metadata`): named values in their order.
public struct Metadata: Sendable {
    /// What copies with further fields share: most of an instance's metadata is that of its disks and NICs, in any state.
    private var shared: [MetadataValue.Field]
    /// What was set in this copy alone. A name that `shared` has, too, counts at the place there.
    private var own: [MetadataValue.Field] = []

    /// Metadata of those fields; of two with one name the later counts, at the place of the earlier.
    public init(_ fields: [MetadataValue.Field] = []) {
        shared = []
        shared.set(fields)
    }

    /// The metadata that an object of JSON is, whose names each stand once.
    public init(object fields: [MetadataValue.Field]) {
        shared = fields
    }

    /// The fields in the order in which they are sent.
    public var fields: [MetadataValue.Field] {
        guard !own.isEmpty else { return shared }
        var all = shared
        all.set(own)
        return all
    }

    /// Whether there are no fields.
    public var isEmpty: Bool { shared.isEmpty && own.isEmpty }

    /// The value of a field. Setting an absent field appends it; setting `nil` removes it.
    public subscript(name: String) -> MetadataValue? {
        get { (own.place(of: name).map { own[$0] } ?? shared.place(of: name).map { shared[$0] })?.value }
        set {
            shared = fields
            own = []
            if let newValue {
                shared.set([.init(name, newValue)])
            } else if let place = shared.place(of: name) {
                shared.remove(at: place)
            }
        }
    }

    /// A copy with further fields set.
    public func adding(_ more: [MetadataValue.Field]) -> Metadata {
        var copy = self
        copy.own.set(more)
        return copy
    }
}

extension Metadata: Hashable {
    /// Whether the fields are the same, in the same order.
    public static func == (left: Metadata, right: Metadata) -> Bool { left.fields == right.fields }

    /// Hashes the fields in their order.
    public func hash(into hasher: inout Hasher) { hasher.combine(fields) }
}

extension [MetadataValue.Field] {
    fileprivate func place(of name: String) -> Int? {
        firstIndex { $0.name.isSame(as: name) }
    }

    /// Sets fields: each at the place of the one with its name, else behind all.
    fileprivate mutating func set(_ fields: [MetadataValue.Field]) {
        // As many as there will be at most: what grows by and by takes twice as much, and this is kept for long.
        reserveCapacity(count + fields.count)
        for field in fields {
            if let place = place(of: field.name) { self[place] = field } else { append(field) }
        }
    }
}

extension String {
    /// Whether the texts hold the same characters, as JSON compares names (RFC 8259, section 8.3). Swift's `==` takes
    /// composed and decomposed letters for one.
    fileprivate func isSame(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
